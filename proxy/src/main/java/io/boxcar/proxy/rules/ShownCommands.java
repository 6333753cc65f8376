package io.boxcar.proxy.rules;

import java.io.PrintWriter;
import java.util.List;

/** Shows commands in place of running them, as lines for a shell; what is asked has the answer no. Owned by one thread. */
public final class ShownCommands implements Commands {
    private final Commands real;
    private final PrintWriter out;

    /** @param real knows which programs there are */
    public ShownCommands(Commands real, PrintWriter out) {
        this.real = real;
        this.out = out;
    }

    @Override
    public boolean has(String program) {
        return real.has(program);
    }

    @Override
    public Outcome change(List<String> command, String input) {
        String line = String.join(" ", command);
        if (input.isEmpty()) {
            out.println(line);
        } else {
            out.println(line + " <<'EOF'");
            out.print(input);
            out.println("EOF");
        }
        return new Outcome(0, "");
    }

    @Override
    public Outcome ask(List<String> command) {
        return new Outcome(1, "");
    }
}
