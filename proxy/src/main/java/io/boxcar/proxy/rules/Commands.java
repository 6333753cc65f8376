package io.boxcar.proxy.rules;

import java.io.IOException;
import java.util.List;

/** Programs of the system. */
public interface Commands {
    /** What a program left behind: its exit status, and all that it wrote. */
    record Outcome(int status, String output) {
        boolean isGood() {
            return status == 0;
        }
    }

    /** Whether there is such a program. */
    boolean has(String program);

    /** Runs a command that changes something, and waits for its end. */
    Outcome change(List<String> command, String input) throws IOException, InterruptedException;

    /** Runs a command that changes nothing, and waits for its end. */
    Outcome ask(List<String> command) throws IOException, InterruptedException;
}
