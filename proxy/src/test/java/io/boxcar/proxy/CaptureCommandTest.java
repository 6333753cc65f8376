package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.boxcar.proxy.rules.ProcessCommands;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import picocli.CommandLine;

/** Never applies rules: tests may run as root, and the machine needs its network. */
class CaptureCommandTest {
    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    private int run(String... arguments) {
        CommandLine boxcar = Main.commandLine(Set.of("redis"), (source, takesOver, o, e) -> 0, List.of());
        return boxcar.setOut(new PrintWriter(out, true))
                .setErr(new PrintWriter(err, true))
                .execute(arguments);
    }

    @ParameterizedTest
    @CsvSource(
            delimiter = '|',
            value = {
                "capture print | nothing to capture; add --to-port PORT",
                "capture print --to-port 15001 --exclude-uid none | add --exclude-uid with the user that Boxcar runs as",
                "capture print --to-port 15001 --ports 80,x | --ports: 'x' is not a port from 1 to 65535",
                "capture print --to-port 70000 | --to-port: 70000 is not a port from 1 to 65535",
                "capture print --to-port 15001 --exclude-uid root | --exclude-uid: 'root' is not the number of a user or group",
                "capture print --to-port 15001 --exclude-cidr 10/8 | is not a block of IP addresses",
                "capture print --inbound-to-port 15006 | --inbound-to-port needs --inbound-ports PORTS",
                "capture print --to-port 15001 --inbound-ports 80 | --inbound-ports needs --inbound-to-port PORT",
                "capture print --to-port 15001 --mode both | Invalid value for option '--mode'",
                "capture | Commands:"
            })
    void explainsWrongUsage(String command, String expected) {
        assertEquals(Main.WRONG_USAGE, run(command.split(" ")));
        assertTrue(err.toString().contains(expected), err.toString());
    }

    @Test
    void showsCommandsAndChangesNothingInADryRun() {
        assumeTrue(new ProcessCommands(System.getenv()).has("nft"), "there is no nft");
        assertEquals(
                Main.OK,
                run("capture", "apply", "--to-port", "15001", "--ports", "80,6379", "--tool", "nft", "--dry-run"));
        assertTrue(out.toString().startsWith("nft -f - <<'EOF'\n"), out.toString());
        assertTrue(out.toString().contains("tcp dport { 80,6379 } redirect to :15001\n"), out.toString());
        assertTrue(out.toString().contains("meta skuid { 1337 } return\n"), out.toString());
    }

    @Test
    void printsRulesWithoutAnyPrivilege() {
        assumeTrue(new ProcessCommands(System.getenv()).has("nft"), "there is no nft");
        assertEquals(
                Main.OK,
                run("capture", "print", "--to-port", "15001", "--tool", "nft", "--exclude-gid", "5,6", "--no-ipv6"));
        assertTrue(out.toString().startsWith("table inet boxcar {\n"), out.toString());
        assertTrue(out.toString().contains("meta skgid { 5, 6 } return\n"), out.toString());
        assertTrue(out.toString().contains("tcp dport { 9464,15001 } return\n"), out.toString());
    }

    @Test
    void helpHasExamples() {
        assertEquals(Main.OK, run("capture", "--help"));
        assertTrue(out.toString().contains("boxcar capture apply --to-port 15001 --ports 80,6379"), out.toString());
    }
}
