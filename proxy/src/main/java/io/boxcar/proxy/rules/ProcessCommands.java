package io.boxcar.proxy.rules;

import java.io.File;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** Runs programs from the PATH, and from where those of administrators are. Stateless. */
public final class ProcessCommands implements Commands {
    private static final List<String> ADMINISTRATORS = List.of("/usr/sbin", "/sbin", "/usr/local/sbin");

    private final List<String> folders = new ArrayList<>();

    /** @param environment of this process */
    public ProcessCommands(Map<String, String> environment) {
        String path = environment.get("PATH");
        if (path != null) {
            folders.addAll(List.of(path.split(File.pathSeparator, -1)));
        }
        folders.addAll(ADMINISTRATORS);
    }

    @Override
    public boolean has(String program) {
        return !find(program).equals(program);
    }

    private String find(String program) {
        for (String folder : folders) {
            if (!folder.isEmpty() && Files.isExecutable(Path.of(folder, program))) {
                return folder + "/" + program;
            }
        }
        return program;
    }

    @Override
    public Outcome change(List<String> command, String input) throws IOException, InterruptedException {
        List<String> found = new ArrayList<>(command);
        found.set(0, find(command.getFirst()));
        Process process = new ProcessBuilder(found).redirectErrorStream(true).start();
        try (OutputStream in = process.getOutputStream()) {
            in.write(input.getBytes(StandardCharsets.UTF_8));
        } catch (IOException e) {
            // It ended without reading; its status and output say why.
        }
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        return new Outcome(process.waitFor(), output);
    }

    @Override
    public Outcome ask(List<String> command) throws IOException, InterruptedException {
        return change(command, "");
    }
}
