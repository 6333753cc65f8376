package io.boxcar.proxy.redis;

import io.netty.buffer.ByteBuf;

/**
 * All that is known by command: how it travels, what it means to a session, whether it is slow. Shared by all threads.
 *
 * @param meanings by row of the table
 * @param learned what the table does not list
 */
record RedisCommands(CommandTable table, SessionCommand[] meanings, ReplySizes sizes, LearnedCommands learned) {
    static RedisCommands load(long slowAboveBytes) {
        CommandTable table = CommandTable.load();
        return new RedisCommands(
                table, SessionCommand.byRow(table), ReplySizes.of(table, slowAboveBytes), new LearnedCommands());
    }

    SessionCommand meaning(int row) {
        return row == CommandTable.ABSENT ? SessionCommand.PLAIN : meanings[row];
    }

    /**
     * As {@link CommandTable#travel}, and what the upstream has said of a command that the table does not list.
     *
     * @param unlisted whether such commands may be shared at all
     */
    Travel travel(int row, ByteBuf in, int requestIndex, RequestScanner scanner, boolean unlisted) {
        if (row != CommandTable.ABSENT) {
            return table.travel(row, in, requestIndex, scanner);
        }
        LearnedCommands.Learned command = unlisted ? learned.find(in, requestIndex, scanner) : null;
        return command == null ? Travel.PINNED_FOR_LIFE : command.travel();
    }
}
