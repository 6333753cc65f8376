package io.boxcar.proxy.config;

import java.net.Inet4Address;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.regex.Pattern;

/**
 * A block of IPv4 or IPv6 addresses, RFC 4632: {@code 10.0.0.0/8}, {@code fd00::/8}, or one address.
 *
 * @param base its first address
 * @param prefix bits that all its addresses share with the first
 */
public record Cidr(InetAddress base, int prefix) {

    private static final Pattern FOUR_NUMBERS = Pattern.compile("\\d{1,3}(\\.\\d{1,3}){3}");

    /**
     * Reads an address, or an address and the length of its prefix; bits behind the prefix do not count.
     *
     * @throws IllegalArgumentException with a sentence for the user that quotes the text and says what is expected
     */
    public static Cidr parse(String text) {
        int slash = text.indexOf('/');
        String literal = slash < 0 ? text : text.substring(0, slash);
        if (literal.indexOf(':') < 0 && !FOUR_NUMBERS.matcher(literal).matches()) {
            throw invalid(text); // the JDK would take 10 for 0.0.0.10
        }
        InetAddress address;
        try {
            address = InetAddress.ofLiteral(literal);
        } catch (IllegalArgumentException e) {
            throw invalid(text);
        }
        int most = address.getAddress().length * 8;
        int prefix = most;
        if (slash >= 0) {
            try {
                prefix = Integer.parseInt(text.substring(slash + 1));
            } catch (NumberFormatException e) {
                throw invalid(text);
            }
        }
        if (prefix < 0 || prefix > most) {
            throw invalid(text);
        }
        return new Cidr(masked(address, prefix), prefix);
    }

    private static IllegalArgumentException invalid(String text) {
        return new IllegalArgumentException(
                "'" + text + "' is not a block of IP addresses; write it as in 10.0.0.0/8, fd00::/8 or 192.0.2.1");
    }

    private static InetAddress masked(InetAddress address, int prefix) {
        byte[] bytes = address.getAddress();
        for (int bit = prefix; bit < bytes.length * 8; bit++) {
            bytes[bit / 8] &= (byte) ~(0x80 >> bit % 8);
        }
        try {
            return InetAddress.getByAddress(bytes);
        } catch (UnknownHostException e) {
            throw new IllegalStateException(e); // its length is that of an address
        }
    }

    public boolean isIpv4() {
        return base instanceof Inet4Address;
    }

    public boolean contains(InetAddress address) {
        return base.getClass() == address.getClass() && masked(address, prefix).equals(base);
    }

    @Override
    public String toString() {
        return base.getHostAddress() + "/" + prefix;
    }
}
