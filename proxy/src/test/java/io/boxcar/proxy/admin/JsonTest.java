package io.boxcar.proxy.admin;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JsonTest {

    @Test
    void indentsObjectsAndArrays() {
        Map<String, Object> map = new LinkedHashMap<>();
        map.put("n", 1L);
        map.put("list", List.of("a", true, 1.5));
        map.put("none", List.of());
        map.put("empty", Map.of());
        assertEquals("""
                {
                  "n": 1,
                  "list": [
                    "a",
                    true,
                    1.5
                  ],
                  "none": [],
                  "empty": {}
                }
                """, Json.write(map));
    }

    @Test
    void escapesWhatMayNotStandInAString() {
        assertEquals(
                "\"\\\"\\\\\\n\\r\\t\\u0000\\u001f\u00e9\\ud83d\\ude00\\ud800\"\n",
                Json.write("\"\\\n\r\t\u0000\u001f\u00e9\ud83d\ude00\ud800"));
    }

    @Test
    void writesNumbersThatJsonDoesNotHaveAsNull() {
        assertEquals("null\n", Json.write(Double.NaN));
        assertEquals("null\n", Json.write(Double.POSITIVE_INFINITY));
    }

    @Test
    void refusesOtherTypes() {
        assertThrows(IllegalArgumentException.class, () -> Json.write(new Object()));
    }
}
