package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.net.InetAddress;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class CidrTest {

    @ParameterizedTest
    @CsvSource({
        "10.0.0.0/8, 10.255.0.1, true",
        "10.0.0.0/8, 11.0.0.0, false",
        "10.64.0.0/10, 10.127.255.255, true",
        "10.64.0.0/10, 10.128.0.0, false",
        "192.0.2.1, 192.0.2.1, true",
        "192.0.2.1, 192.0.2.2, false",
        "0.0.0.0/0, 255.1.2.3, true",
        "0.0.0.0/0, ::1, false",
        "fd00::/8, fd71::1, true",
        "fd00::/8, fe00::1, false",
        "::/0, fe00::1, true"
    })
    void containsItsAddresses(String block, String address, boolean expected) {
        assertEquals(expected, Cidr.parse(block).contains(InetAddress.ofLiteral(address)));
    }

    @Test
    void forgetsBitsBehindThePrefix() {
        assertEquals("10.0.0.0/8", Cidr.parse("10.1.2.3/8").toString());
        assertEquals(Cidr.parse("10.0.0.0/8"), Cidr.parse("10.1.2.3/8"));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "10/8",
                "10.0/16",
                "10.0.0.256",
                "10.0.0.0/33",
                "10.0.0.0/-1",
                "10.0.0.0/x",
                "host/8",
                "fd00::/129",
                "/8"
            })
    void refusesWhatIsNoBlock(String text) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> Cidr.parse(text))
                .getMessage());
        assertTrue(message.startsWith("'" + text + "' is not a block of IP addresses"), message);
    }
}
