package io.boxcar.proxy.http;

import static java.nio.charset.StandardCharsets.ISO_8859_1;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.HttpListenerConfig;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RouteTableTest {

    private static final String[] ROUTES = {
        "'' /v1",
        "api.example.com ''",
        "api.example.com /v1",
        "api.example.com /v1/users",
        "*.example.com ''",
        "*.deep.example.com ''",
        "*.example.com /v1/users/all",
        "[::1] ''",
        "'' /static/",
        "slash.org /",
    };

    private final RouteTable table = table(ROUTES);

    @ParameterizedTest
    @CsvSource({
        "api.example.com,/,1",
        "api.example.com,/v2,1",
        "api.example.com,/v1,2",
        "api.example.com,/v1/,2",
        "api.example.com,/v1?x,2",
        "api.example.com,/v10,1",
        "api.example.com,/v1/users/all,3",
        "api.example.com,/v1/usersall,2",
        "api.example.com,*,1",
        "API.Example.COM,/v1,2",
        "api.example.com:8080,/v1,2",
        "api.example.com.,/v1,2",
        "api.example.com.:80,/v1,2",
        "www.example.com,/v1,4",
        "www.example.com,/v1/users/all,6",
        "a.b.example.com:1,/,4",
        "a.deep.example.com,/v1/users/all,5",
        "deep.example.com,/,4",
        "example.com,/,-1",
        ".example.com,/,-1",
        "badexample.com,/,-1",
        "api.example.com.evil.org,/,-1",
        "xapi.example.com,/v1,4",
        "other.org,/v1/x,0",
        "other.org,/v1,0",
        "other.org,/v,-1",
        "other.org,/V1,-1",
        "other.org,/static,-1",
        "other.org,/static/,8",
        "other.org,/static/a,8",
        "'',/v1,0",
        "'',/,-1",
        ":80,/v1,0",
        "[::1],/,7",
        "[::1]:8080,/v1,7",
        "[::2],/,-1",
        "[::1,/,-1",
        "slash.org,'',9",
        "slash.org,/x,9",
        "slash.org,*,-1",
        "slash.org,/v1,9",
    })
    void theMostSpecificRouteWins(String authority, String path, int route) {
        assertEquals(route, match(table, authority, path));
    }

    @Test
    void theOrderOfTheConfigurationDoesNotMatter() {
        List<String> reversed = new ArrayList<>(List.of(ROUTES)).reversed();
        RouteTable other = table(reversed.toArray(String[]::new));
        for (String authority : List.of("api.example.com", "www.example.com", "a.deep.example.com", "other.org", "")) {
            for (String path : List.of("", "/", "/v1", "/v1/users?a", "/v1/users/all", "/static/x")) {
                int expected = match(table, authority, path);
                int found = match(other, authority, path);
                assertEquals(expected, found < 0 ? found : ROUTES.length - 1 - found, authority + path);
            }
        }
    }

    @Test
    void withoutRoutesNothingMatches() {
        RouteTable none = table();
        assertTrue(none.isEmpty());
        assertFalse(table.isEmpty());
        assertEquals(RouteTable.NONE, match(none, "api.example.com", "/"));
    }

    @Test
    void looksNoFurtherThanTheBytesOfHostAndPath() {
        assertEquals(RouteTable.NONE, match(table, "example.co", "/v"));
        assertEquals(0, match(table(" /"), "", "/"));
    }

    private static int match(RouteTable table, String authority, String path) {
        String before = "m/v1.";
        String between = "m1/users";
        ByteBuf view = Unpooled.copiedBuffer(before + authority + between + path + "1:/", ISO_8859_1);
        try {
            return table.match(
                    view,
                    before.length(),
                    authority.length(),
                    before.length() + authority.length() + between.length(),
                    path.length());
        } finally {
            view.release();
        }
    }

    /** Each route is a host and a path, where two apostrophes mean any. */
    private static RouteTable table(String... routes) {
        List<HttpListenerConfig.Route> list = new ArrayList<>();
        for (String route : routes) {
            int space = route.indexOf(' ');
            list.add(new HttpListenerConfig.Route(
                    route.substring(0, space).replace("''", ""),
                    route.substring(space + 1).replace("''", ""),
                    "main"));
        }
        return new RouteTable(new HttpListenerConfig(
                "",
                false,
                list,
                new HttpListenerConfig.Limits(1, 1, 1, 1, 1, 1, 1, 1),
                new HttpListenerConfig.Timeout(1, 1, 1, 1)));
    }
}
