package io.boxcar.proxy.redis;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Which commands are slow: those listed in {@code slow.txt}, and those whose replies have been long on average. Any thread; two
 * that learn at once may lose one reply's share, which the next one makes up for.
 */
final class ReplySizes {
    private static final String RESOURCE = "slow.txt";
    private static final VarHandle BYTES = MethodHandles.arrayElementVarHandle(int[].class);

    /** A reply counts for a sixteenth. */
    private static final int WEIGHT_SHIFT = 4;

    private final long slowAboveBytes;
    private final int[] averageBytes;
    private final boolean[] listed;

    private ReplySizes(long slowAboveBytes, boolean[] listed) {
        this.slowAboveBytes = slowAboveBytes;
        this.averageBytes = new int[listed.length];
        this.listed = listed;
    }

    /** @param slowAboveBytes 0 if nothing shall be slow */
    static ReplySizes of(CommandTable commands, long slowAboveBytes) {
        boolean[] listed = new boolean[commands.rows()];
        resource()
                .lines()
                .filter(line -> !line.isBlank() && line.charAt(0) != '#')
                .flatMap(line -> Arrays.stream(line.strip().split("\\s+")))
                .forEach(name -> listed[row(commands, name)] = true);
        return new ReplySizes(slowAboveBytes, listed);
    }

    private static int row(CommandTable commands, String name) {
        int row = commands.rowOf(name);
        if (row == CommandTable.ABSENT) {
            throw new IllegalArgumentException(name + " of " + RESOURCE + " is not in the table of commands");
        }
        return row;
    }

    private static String resource() {
        try (InputStream in = ReplySizes.class.getResourceAsStream(RESOURCE)) {
            if (in == null) {
                throw new IllegalStateException(RESOURCE + " is missing from the program");
            }
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Whether anything is ever slow. */
    boolean isInUse() {
        return slowAboveBytes > 0;
    }

    /** @param row as {@link CommandTable#rowOf} says, not absent */
    boolean isSlow(int row) {
        return listed[row] || (int) BYTES.getOpaque(averageBytes, row) > slowAboveBytes;
    }

    void learn(int row, int bytes) {
        if (slowAboveBytes > 0 && row >= 0 && row < averageBytes.length) {
            int before = (int) BYTES.getOpaque(averageBytes, row);
            BYTES.setOpaque(averageBytes, row, before + ((bytes - before) >> WEIGHT_SHIFT));
        }
    }
}
