package io.boxcar.proxy.config;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class PortRangesTest {

    @Test
    void readsBackWhatItWrites() {
        assertEquals("80,8000-8100", PortRanges.parse(" 80, 8000-8100").toString());
        assertEquals(PortRanges.parse("80,8000-8100"), PortRanges.parse("80,8000-8100"));
        assertEquals(PortRanges.NONE, PortRanges.parse(" "));
    }

    @Test
    void containsTheEndsOfItsRanges() {
        PortRanges ports = PortRanges.parse("80,8000-8100");
        assertTrue(ports.contains(80) && ports.contains(8000) && ports.contains(8100));
        assertFalse(ports.contains(79) || ports.contains(81) || ports.contains(7999) || ports.contains(8101));
    }

    @ParameterizedTest
    @ValueSource(strings = {"0", "65536", "http", "80,", "-80", "80-", "90-80", "8 0"})
    void refusesWhatIsNoPort(String text) {
        String message = String.valueOf(assertThrows(IllegalArgumentException.class, () -> PortRanges.parse(text))
                .getMessage());
        assertTrue(message.contains("port"), message);
    }
}
