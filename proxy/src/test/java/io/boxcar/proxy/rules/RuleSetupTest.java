package io.boxcar.proxy.rules;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.boxcar.proxy.config.CaptureConfig;
import io.boxcar.proxy.config.Cidr;
import io.boxcar.proxy.config.PortRanges;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class RuleSetupTest {

    private static final CaptureRules RULES = rules(CaptureConfig.Mode.REDIRECT, true);

    private static CaptureRules rules(CaptureConfig.Mode mode, boolean ipv6) {
        return new CaptureRules(
                mode,
                new CaptureRules.Direction(PortRanges.parse("80,6379"), 15001),
                new CaptureRules.Direction(PortRanges.parse("8080"), 15006),
                List.of(1337L),
                List.of(),
                List.of(Cidr.parse("10.96.0.0/12"), Cidr.parse("fd00::/8")),
                PortRanges.parse("9464,15001,15006"),
                ipv6);
    }

    /** Programs that answer as they are told, and otherwise that all is well. */
    private static final class Script implements Commands {
        final List<String> changes = new ArrayList<>();
        final List<String> inputs = new ArrayList<>();
        final Map<String, Outcome> answers = new TreeMap<>();
        private final Set<String> programs;

        Script(String... programs) {
            this.programs = Set.of(programs);
        }

        @Override
        public boolean has(String program) {
            return programs.contains(program);
        }

        @Override
        public Outcome change(List<String> command, String input) {
            changes.add(String.join(" ", command));
            inputs.add(input);
            return answers.getOrDefault(String.join(" ", command), new Outcome(0, ""));
        }

        @Override
        public Outcome ask(List<String> command) {
            return answers.getOrDefault(String.join(" ", command), new Outcome(1, "no such thing"));
        }
    }

    @Test
    void writesOneTableInOneTransaction() throws Exception {
        Script script = new Script("nft", "iptables", "ip");
        new RuleSetup(script).apply(RULES, RuleSetup.Tool.AUTO);
        assertEquals(List.of("nft -f -"), script.changes);
        assertEquals("""
                table inet boxcar
                delete table inet boxcar
                table inet boxcar {
                  chain output {
                    type nat hook output priority -100;
                    meta l4proto != tcp return
                    ip daddr 127.0.0.0/8 return
                    ip6 daddr ::1 return
                    tcp dport { 9464,15001,15006 } return
                    ip daddr 10.96.0.0/12 return
                    ip6 daddr fd00:0:0:0:0:0:0:0/8 return
                    meta skuid { 1337 } return
                    tcp dport { 80,6379 } redirect to :15001
                  }
                  chain prerouting {
                    type nat hook prerouting priority -100;
                    iifname "lo" return
                    meta l4proto != tcp return
                    ip daddr 127.0.0.0/8 return
                    ip6 daddr ::1 return
                    tcp dport { 9464,15001,15006 } return
                    tcp dport { 8080 } redirect to :15006
                  }
                }
                """, script.inputs.getFirst());
    }

    @Test
    void addsOnlyTheJumpsThatAreMissing() throws Exception {
        Script script = new Script("iptables", "ip6tables");
        script.answers.put("iptables -w -t nat -C OUTPUT -p tcp -j BOXCAR_OUTPUT", new Commands.Outcome(0, ""));
        new RuleSetup(script).apply(RULES, RuleSetup.Tool.AUTO);
        assertEquals(List.of("iptables-restore -w --noflush", "ip6tables-restore -w --noflush"), script.changes);
        assertEquals("""
                *nat
                :BOXCAR_OUTPUT - [0:0]
                :BOXCAR_PREROUTING - [0:0]
                -A BOXCAR_OUTPUT -d 127.0.0.0/8 -j RETURN
                -A BOXCAR_OUTPUT -p tcp -m multiport --dports 9464,15001,15006 -j RETURN
                -A BOXCAR_OUTPUT -d 10.96.0.0/12 -j RETURN
                -A BOXCAR_OUTPUT -m owner --uid-owner 1337 -j RETURN
                -A BOXCAR_OUTPUT -p tcp -m multiport --dports 80,6379 -j REDIRECT --to-ports 15001
                -A BOXCAR_PREROUTING -i lo -j RETURN
                -A BOXCAR_PREROUTING -d 127.0.0.0/8 -j RETURN
                -A BOXCAR_PREROUTING -p tcp -m multiport --dports 9464,15001,15006 -j RETURN
                -A BOXCAR_PREROUTING -p tcp -m multiport --dports 8080 -j REDIRECT --to-ports 15006
                -A PREROUTING -p tcp -j BOXCAR_PREROUTING
                COMMIT
                """, script.inputs.getFirst());
        assertTrue(script.inputs.get(1).contains("-A OUTPUT -p tcp -j BOXCAR_OUTPUT\n"), script.inputs.get(1));
        assertTrue(script.inputs.get(1).contains("-d fd00:0:0:0:0:0:0:0/8 -j RETURN"), script.inputs.get(1));
    }

    @Test
    void splitsPortsThatAreTooManyForOneMatch() {
        CaptureRules many = new CaptureRules(
                CaptureConfig.Mode.REDIRECT,
                new CaptureRules.Direction(PortRanges.parse("1,2,3,4,5,6,7,8,9,10,11,12,13,14,20-29,30"), 15001),
                null,
                List.of(),
                List.of(),
                List.of(),
                PortRanges.NONE,
                false);
        String text = IptablesRules.restore(many, false, List.of());
        assertTrue(text.contains("--dports 1,2,3,4,5,6,7,8,9,10,11,12,13,14 -j"), text);
        assertTrue(text.contains("--dports 20:29,30 -j"), text);
    }

    @Test
    void leadsMarkedPacketsHereForTproxy() throws Exception {
        Script script = new Script("nft", "ip");
        String add = "ip -4 rule add priority 133 fwmark 1337 lookup 133";
        script.answers.put(add, new Commands.Outcome(2, "RTNETLINK answers: File exists"));
        new RuleSetup(script).apply(rules(CaptureConfig.Mode.TPROXY, false), RuleSetup.Tool.NFT);
        assertEquals(List.of("nft -f -", "ip -4 route replace local default dev lo table 133", add), script.changes);
        String table = script.inputs.getFirst();
        assertTrue(table.contains("tproxy to :15001") && table.contains("tproxy to :15006"), table);
        assertTrue(table.contains("meta nfproto ipv6 return"), table);
    }

    @Test
    void removesWhateverThereIs() throws Exception {
        Script script = new Script("nft", "iptables", "ip");
        script.answers.put("iptables -w -t nat -S BOXCAR_OUTPUT", new Commands.Outcome(0, "-N BOXCAR_OUTPUT"));
        script.answers.put(
                "ip -6 rule list priority 133", new Commands.Outcome(0, "133: from all fwmark 0x539 lookup 133"));
        new RuleSetup(script).remove();
        assertEquals(
                List.of(
                        "nft -f -",
                        "iptables -w -t nat -F BOXCAR_OUTPUT",
                        "iptables -w -t nat -X BOXCAR_OUTPUT",
                        "ip -6 rule del priority 133 fwmark 1337 lookup 133",
                        "ip -6 route flush table 133"),
                script.changes);
        assertEquals(NftRules.DELETE, script.inputs.getFirst());
    }

    @Test
    void saysWhatToInstall() {
        RuleSetup setup = new RuleSetup(new Script("ip"));
        String message = assertThrows(RulesFailed.class, () -> setup.apply(RULES, RuleSetup.Tool.AUTO))
                .getMessage();
        assertTrue(String.valueOf(message).contains("install the package nftables"), message);
    }

    @Test
    void saysWhichCapabilityIsMissing() {
        Script script = new Script("nft");
        script.answers.put("nft -f -", new Commands.Outcome(1, "Error: Operation not permitted (you must be root)"));
        String message = assertThrows(RulesFailed.class, () -> new RuleSetup(script).apply(RULES, RuleSetup.Tool.AUTO))
                .getMessage();
        assertTrue(String.valueOf(message).contains("the capability NET_ADMIN"), message);
    }

    @Test
    void passesOnWhatTheToolSays() {
        Script script = new Script("iptables", "ip6tables");
        script.answers.put("ip6tables-restore -w --noflush", new Commands.Outcome(3, "no such table\n"));
        String message = assertThrows(
                        RulesFailed.class, () -> new RuleSetup(script).apply(RULES, RuleSetup.Tool.IPTABLES))
                .getMessage();
        assertEquals(
                "ip6tables-restore -w --noflush failed (exit status 3): no such table; if this machine has no IPv6,"
                        + " add --no-ipv6",
                message);
        assertFalse(script.changes.isEmpty());
    }
}
