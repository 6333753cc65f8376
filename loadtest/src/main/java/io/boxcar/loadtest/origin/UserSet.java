package io.boxcar.loadtest.origin;

import java.util.Arrays;

/**
 * A growing set of byte strings, open addressing with linear probing; adding one that is there allocates nothing. Owned by
 * one thread.
 */
final class UserSet {
    private static final int INITIAL_SLOTS = 1_024;

    private byte[][] slots; // an empty array where there is no string
    private int size;

    UserSet() {
        this(emptySlots(INITIAL_SLOTS), 0);
    }

    private UserSet(byte[][] slots, int size) {
        this.slots = slots;
        this.size = size;
    }

    private static byte[][] emptySlots(int count) {
        byte[][] slots = new byte[count][];
        Arrays.fill(slots, new byte[0]);
        return slots;
    }

    int size() {
        return size;
    }

    /** Adds the first {@code length} bytes of {@code bytesView}, at least one, unless they are there. */
    void add(byte[] bytesView, int length) {
        assert length > 0;
        int slot = slotFor(bytesView, length);
        if (slots[slot].length == 0) {
            insert(slot, Arrays.copyOf(bytesView, length));
        }
    }

    void addAll(UserSet other) {
        for (byte[] user : other.slots) {
            if (user.length > 0) {
                int slot = slotFor(user, user.length);
                if (slots[slot].length == 0) {
                    insert(slot, user);
                }
            }
        }
    }

    UserSet copy() {
        return new UserSet(slots.clone(), size); // the strings never change
    }

    private void insert(int slot, byte[] user) {
        slots[slot] = user;
        size++;
        if (size > slots.length / 2) {
            byte[][] before = slots;
            slots = emptySlots(before.length * 2);
            for (byte[] moved : before) {
                if (moved.length > 0) {
                    slots[slotFor(moved, moved.length)] = moved;
                }
            }
        }
    }

    /** Where the string is, or the empty place where it would be. */
    private int slotFor(byte[] bytesView, int length) {
        int hash = 1;
        for (int i = 0; i < length; i++) {
            hash = 31 * hash + bytesView[i];
        }
        hash *= 0x9E3779B9; // spreads what differs in the last digits only
        int slot = (hash ^ hash >>> 16) & slots.length - 1;
        while (slots[slot].length > 0 && !Arrays.equals(slots[slot], 0, slots[slot].length, bytesView, 0, length)) {
            slot = slot + 1 & slots.length - 1;
        }
        return slot;
    }
}
