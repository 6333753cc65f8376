package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AddressTest {

    @ParameterizedTest
    @CsvSource({
        "6379, 127.0.0.1:6379",
        "0, 127.0.0.1:0",
        "redis.example:06379, redis.example:6379",
        "0.0.0.0:65535, 0.0.0.0:65535",
        "[::1]:6379, [::1]:6379",
        "unix:/run/a b:c.sock, unix:/run/a b:c.sock"
    })
    void readsEveryFormAndWritesTheCanonicalOne(String text, String canonical) {
        Address address = Address.parse(text);
        assertEquals(canonical, address.toString());
        assertEquals(address, Address.parse(canonical));
    }

    @Test
    void keepsTheHostOfAnIpv6AddressWithoutBrackets() {
        assertEquals(new Address.Tcp("::1", 6379), Address.parse("[::1]:6379"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                ":",
                "host",
                "host:",
                ":6379",
                "65536",
                "-1",
                "+1",
                "host:1x",
                "::1:6379",
                "[::1]",
                "[]:1",
                "[host]:1",
                "redis://host:6379",
                "a b:1",
                "a,b:1",
                "unix:",
                "unix:relative",
                "unix:/run/",
                "host:999999999999"
            })
    void refusesWhatIsNotAnAddressAndQuotesIt(String text) {
        IllegalArgumentException e = assertThrows(IllegalArgumentException.class, () -> Address.parse(text));
        assertTrue(String.valueOf(e.getMessage()).startsWith("'" + text + "' is not an address: "), e::getMessage);
    }

    @Test
    void refusesAUnixPathThatTheKernelCouldNotHold() {
        Address.parse("unix:/" + "x".repeat(106));
        assertThrows(IllegalArgumentException.class, () -> Address.parse("unix:/" + "x".repeat(107)));
    }
}
