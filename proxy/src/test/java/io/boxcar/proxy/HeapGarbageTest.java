package io.boxcar.proxy;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;

class HeapGarbageTest {
    private static final int MIB = 1 << 20;

    private long usedMiB;
    private long aliveMiB;
    private int collections;
    private final HeapGarbage garbage = new HeapGarbage(() -> usedMiB * MIB, () -> {
        collections++;
        usedMiB = aliveMiB;
    });

    @Test
    void aSmallHeapIsLeftAlone() {
        look(9, 16);
        assertEquals(0, collections);
    }

    @Test
    void garbageIsCollectedWhenThereIsAsMuchAsIsAlive() {
        look(10, 17);
        assertEquals(1, collections);
        look(10, 26);
        assertEquals(1, collections, "16 MiB of garbage");
        look(40, 27);
        assertEquals(2, collections);
        look(40, 80);
        assertEquals(2, collections, "as much as was alive");
        look(40, 81);
        assertEquals(3, collections);
    }

    private void look(long alive, long used) {
        aliveMiB = alive;
        usedMiB = used;
        garbage.look();
    }
}
