package io.boxcar.loadtest.compare;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import javax.xml.parsers.DocumentBuilderFactory;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

/** The command from end to end, small: whatever other proxies are on this machine take part. */
final class CompareTest {
    @TempDir
    private Path folder;

    @Test
    void comparesRedisPathsAndWritesPageAndFigures() throws Exception {
        JsonNode json = compare("redis", "--cases", "20x1,4x4,open-5", "--variant", "epoll:transport=epoll");
        assertEquals("redis", json.get("protocol").asText());
        assertEquals(3, json.get("cases").size());
        JsonNode paths = json.get("cases").get(0).get("paths");
        for (String path : new String[] {"direct", "Boxcar", "Boxcar epoll"}) {
            assertTrue(paths.get(path).get("rate").get("median").asDouble() > 0, path);
            assertEquals(0, paths.get(path).get("errors").asInt(), path);
        }
        assertEquals(0, paths.get("direct").get("proxy_cpu").get("median").asDouble());
        assertTrue(json.get("configurations").get("Boxcar epoll").asText().contains("--set transport=epoll"));
    }

    @Test
    void comparesHttpPathsAndWritesPageAndFigures() throws Exception {
        JsonNode json = compare("http", "--cases", "10,open-5");
        assertEquals("http", json.get("protocol").asText());
        JsonNode open = json.get("cases").get(1);
        assertTrue(open.get("rate").asDouble() > 0);
        assertEquals(0, open.get("paths").get("Boxcar").get("errors").asInt());
        assertEquals(0, open.get("paths").get("Boxcar").get("mispaired").asInt());
    }

    private JsonNode compare(String... arguments) throws Exception {
        String[] options = {
            "--rounds",
            "1",
            "--seconds",
            "0.2",
            "--warmup",
            "0.1",
            "--no-strace",
            "--html",
            folder.resolve("page.html").toString(),
            "--json",
            folder.resolve("figures.json").toString(),
            "--svg",
            folder.resolve("picture.svg").toString(),
            "--markdown",
            folder.resolve("tables.md").toString()
        };
        String[] all = new String[arguments.length + options.length];
        System.arraycopy(arguments, 0, all, 0, arguments.length);
        System.arraycopy(options, 0, all, arguments.length, options.length);
        ByteArrayOutputStream out = new ByteArrayOutputStream();
        PrintStream before = System.out;
        System.setOut(new PrintStream(out, true, StandardCharsets.UTF_8));
        try {
            assertEquals(0, new CommandLine(new CompareCommand()).execute(all));
        } finally {
            System.setOut(before);
        }
        String text = out.toString(StandardCharsets.UTF_8);
        assertTrue(text.contains("\ndirect "), text);
        assertTrue(text.contains("Boxcar / direct"), text);
        assertFalse(ProcessHandle.current().children().anyMatch(ProcessHandle::isAlive));
        assertTrue(Files.readString(folder.resolve("tables.md")).contains("| Boxcar"));
        parse(folder.resolve("page.html"));
        parse(folder.resolve("picture.svg"));
        return new ObjectMapper().readTree(Files.readString(folder.resolve("figures.json")));
    }

    private static void parse(Path xml) throws Exception {
        DocumentBuilderFactory.newInstance().newDocumentBuilder().parse(xml.toFile());
    }
}
