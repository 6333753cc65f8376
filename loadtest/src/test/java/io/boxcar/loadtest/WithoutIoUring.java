package io.boxcar.loadtest;

import static java.lang.foreign.ValueLayout.ADDRESS;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static java.lang.foreign.ValueLayout.JAVA_SHORT;

import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Becomes the program that its arguments name, under a seccomp filter as container runtimes have it by default: the system
 * calls of io_uring fail with EPERM, all others are allowed.
 */
final class WithoutIoUring {
    private static final int PR_SET_SECCOMP = 22;
    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_MODE_FILTER = 2;

    /** The same on every architecture: io_uring_setup, io_uring_enter, io_uring_register. */
    private static final int[] DENIED = {425, 426, 427};

    private static final short LOAD_WORD = 0x20;
    private static final short JUMP_IF_EQUAL = 0x15;
    private static final short RETURN = 0x06;
    private static final int ALLOW = 0x7fff0000;
    private static final int FAIL_WITH_EPERM = 0x00050001;
    private static final int INSTRUCTION_BYTES = 8;

    private final Linker linker = Linker.nativeLinker();

    private WithoutIoUring() {}

    /** The command that runs {@code program}, an absolute path, with {@code arguments}. */
    static List<String> command(List<String> program) {
        List<String> command = new ArrayList<>(List.of(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "--enable-native-access=ALL-UNNAMED",
                "-cp",
                System.getProperty("java.class.path"),
                WithoutIoUring.class.getName()));
        command.addAll(program);
        return command;
    }

    public static void main(String[] program) throws Throwable {
        new WithoutIoUring().become(program);
    }

    private void become(String[] program) throws Throwable {
        MethodHandle prctl = function("prctl", 1, JAVA_INT, JAVA_LONG, JAVA_LONG, JAVA_LONG, JAVA_LONG);
        MethodHandle execv = function("execv", 2, ADDRESS, ADDRESS);
        try (Arena arena = Arena.ofConfined()) {
            check((int) prctl.invokeExact(PR_SET_NO_NEW_PRIVS, 1L, 0L, 0L, 0L), "no_new_privs");
            MemorySegment filter = filter(arena);
            check(
                    (int) prctl.invokeExact(PR_SET_SECCOMP, (long) SECCOMP_MODE_FILTER, filter.address(), 0L, 0L),
                    "seccomp");
            MemorySegment arguments = arena.allocate(ADDRESS, program.length + 1L);
            for (int i = 0; i < program.length; i++) {
                arguments.setAtIndex(ADDRESS, i, arena.allocateFrom(program[i]));
            }
            arguments.setAtIndex(ADDRESS, program.length, MemorySegment.NULL);
            check((int) execv.invokeExact(arena.allocateFrom(program[0]), arguments), program[0]);
        }
    }

    private MethodHandle function(String name, int fixedArguments, MemoryLayout... arguments) {
        FunctionDescriptor descriptor = FunctionDescriptor.of(JAVA_INT, arguments);
        MemorySegment address = linker.defaultLookup().findOrThrow(name);
        return fixedArguments == arguments.length
                ? linker.downcallHandle(address, descriptor)
                : linker.downcallHandle(address, descriptor, Linker.Option.firstVariadicArg(fixedArguments));
    }

    private static void check(int result, String what) {
        if (result < 0) {
            throw new IllegalStateException(what + " failed");
        }
    }

    /** A {@code struct sock_fprog}: load the number of the system call, compare, jump to one of two returns. */
    private static MemorySegment filter(Arena arena) {
        int length = DENIED.length + 3;
        MemorySegment code = arena.allocate((long) length * INSTRUCTION_BYTES, 8);
        instruction(code, 0, LOAD_WORD, 0, 0);
        for (int i = 0; i < DENIED.length; i++) {
            instruction(code, 1 + i, JUMP_IF_EQUAL, DENIED.length - i, DENIED[i]);
        }
        instruction(code, length - 2, RETURN, 0, ALLOW);
        instruction(code, length - 1, RETURN, 0, FAIL_WITH_EPERM);
        MemorySegment program = arena.allocate(16, 8);
        program.set(JAVA_SHORT, 0, (short) length);
        program.set(ADDRESS, 8, code);
        return program;
    }

    private static void instruction(MemorySegment program, int index, short operation, int jump, int operand) {
        long at = (long) index * INSTRUCTION_BYTES;
        program.set(JAVA_SHORT, at, operation);
        program.set(JAVA_BYTE, at + 2, (byte) jump);
        program.set(JAVA_INT, at + 4, operand);
    }
}
