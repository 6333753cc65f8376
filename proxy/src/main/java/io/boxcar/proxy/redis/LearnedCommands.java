package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * The commands that the {@link CommandTable} lacks, as far as an upstream has been asked about them. Shared by all clients of
 * the upstream, on all threads; only grows, up to a limit.
 *
 * <pre>
 *   unknown name -> pinned connection, greeted with COMMAND INFO name -> learn -> from then on shared, if its flags allow it
 * </pre>
 * An open-addressing hash table of upper-cased names: a look-up allocates nothing. What the upstream does not know is not
 * remembered, since a module may bring it later; nor is a name forgotten, so who replaces a module by one whose command of the same
 * name has other flags must restart Boxcar.
 */
final class LearnedCommands {
    private static final int MAX_NAMES = 4096;
    private static final int SLOTS = 2 * MAX_NAMES;
    private static final int MAX_NAME_BYTES = 64;

    /** @param keys null if it has none */
    record Learned(String name, Travel travel, @Nullable KeyPositions keys) {}

    private final AtomicReferenceArray<@Nullable Learned> slots = new AtomicReferenceArray<>(SLOTS);
    /** Never less than what is in the table, and at most {@link #MAX_NAMES}. */
    private final AtomicInteger reserved = new AtomicInteger();

    /** What is known of the request that the scanner has just found the end of, and that the table does not list; or null. */
    @Nullable
    Learned find(ByteBuf inView, int requestIndex, RequestScanner scanner) {
        if (reserved.getOpaque() == 0 || !isLearnable(inView, requestIndex, scanner)) {
            return null;
        }
        int index = requestIndex + scanner.nameOffset();
        int length = scanner.nameLength();
        int hash = 0;
        for (int i = index; i < index + length; i++) {
            hash = 31 * hash + upperCase(inView.getByte(i));
        }
        Learned found;
        for (int slot = slot(hash); (found = slots.getAcquire(slot)) != null; slot = next(slot)) {
            if (isNamed(found.name, inView, index, length)) {
                return found;
            }
        }
        return null;
    }

    private static boolean isNamed(String name, ByteBuf in, int index, int length) {
        if (name.length() != length) {
            return false;
        }
        for (int i = 0; i < length; i++) {
            if (name.charAt(i) != upperCase(in.getByte(index + i))) {
                return false;
            }
        }
        return true;
    }

    /** The name to ask the upstream for, in capitals; null if it shall not be asked for this one. */
    @Nullable
    String nameToAsk(ByteBuf inView, int requestIndex, RequestScanner scanner) {
        if (reserved.getOpaque() == MAX_NAMES || !isLearnable(inView, requestIndex, scanner)) {
            return null;
        }
        char[] name = new char[scanner.nameLength()];
        for (int i = 0; i < name.length; i++) {
            name[i] = upperCase(inView.getByte(requestIndex + scanner.nameOffset() + i));
        }
        return new String(name);
    }

    /** Whether it came whole, as an array, and has a name as names of commands are. */
    private static boolean isLearnable(ByteBuf in, int requestIndex, RequestScanner scanner) {
        int length = scanner.nameLength();
        if (scanner.inline() || !scanner.atBoundary() || length < 1 || length > MAX_NAME_BYTES) {
            return false;
        }
        int from = requestIndex + scanner.nameOffset();
        for (int i = from; i < from + length; i++) {
            char letter = upperCase(in.getByte(i));
            boolean usual = letter >= 'A' && letter <= 'Z' || letter >= '-' && letter <= ':' && letter != '/';
            if (!usual && letter != '_' && letter != '@') {
                return false;
            }
        }
        return true;
    }

    /**
     * Remembers what the upstream answered.
     *
     * @param name that was asked for; the upstream may know the command by another one, if it was renamed
     */
    void learn(String name, CommandFlags answer) {
        CommandFlags.Command command = answer.commands().stream().findFirst().orElse(null);
        if (command == null || !reserve()) {
            return;
        }
        Learned learned = new Learned(name, command.travel(), command.keys());
        int slot = slot(name.hashCode());
        Learned before;
        while ((before = slots.compareAndExchange(slot, null, learned)) != null) {
            if (before.name.equals(name)) {
                reserved.decrementAndGet(); // somebody else was faster
                return;
            }
            slot = next(slot);
        }
    }

    private boolean reserve() {
        int now;
        do {
            now = reserved.get();
            if (now == MAX_NAMES) {
                return false;
            }
        } while (!reserved.compareAndSet(now, now + 1));
        return true;
    }

    /** How many commands are known. */
    int size() {
        return reserved.get();
    }

    private static int slot(int hash) {
        return (hash * 0x9E3779B9) >>> 16 & SLOTS - 1;
    }

    private static int next(int slot) {
        return slot + 1 & SLOTS - 1;
    }

    private static char upperCase(byte letter) {
        return (char) (letter >= 'a' && letter <= 'z' ? letter - ('a' - 'A') : letter & 0xFF);
    }
}
