package io.boxcar.proxy.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Says which arguments of each command are keys, from {@code keys.txt}, by the rows of a {@link CommandTable}. Immutable,
 * shared by all threads.
 */
final class KeyTable {
    private static final String RESOURCE = "keys.txt";

    private final @Nullable KeyPositions[] positions;

    private KeyTable(@Nullable KeyPositions[] positions) {
        this.positions = positions;
    }

    /** Reads the table that is part of the program; learns what it does not list from {@code upstream}. */
    static KeyTable load(CommandTable commands, CommandFlags upstream) {
        try (InputStream in = KeyTable.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the program");
            }
            return parse(new String(in.readAllBytes(), StandardCharsets.UTF_8), commands, upstream);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    static KeyTable parse(String text, CommandTable commands, CommandFlags upstream) {
        @Nullable KeyPositions[] positions = new @Nullable KeyPositions[commands.rows()];
        text.lines()
                .map(String::strip)
                .filter(line -> !line.isEmpty() && line.charAt(0) != '#')
                .forEach(line -> {
                    String[] words = line.split("\\s+");
                    KeyPositions keys = KeyPositions.parse(words[0]);
                    for (String name : Arrays.asList(words).subList(1, words.length)) {
                        put(name, keys, commands, positions);
                    }
                });
        for (CommandFlags.Command command : upstream.commands()) {
            int row = commands.rowOf(command.name());
            if (row != CommandTable.ABSENT && positions[row] == null) {
                positions[row] = command.keys();
            }
        }
        return new KeyTable(positions);
    }

    private static void put(String name, KeyPositions keys, CommandTable commands, @Nullable KeyPositions[] positions) {
        int row = commands.rowOf(name.replace("|*", ""));
        if (row == CommandTable.ABSENT || positions[row] != null) {
            throw new IllegalArgumentException(name + " is not a command, or twice in the table");
        }
        positions[row] = keys;
    }

    /** Null if the commands of that row have no keys. */
    @Nullable
    KeyPositions at(int row) {
        return positions[row];
    }
}
