package io.boxcar.proxy.redis;

/**
 * All that is known by command: how it travels, what it means to a session, whether it is slow. Shared by all threads.
 *
 * @param meanings by row of the table
 */
record RedisCommands(CommandTable table, SessionCommand[] meanings, ReplySizes sizes) {
    static RedisCommands load(long slowAboveBytes) {
        CommandTable table = CommandTable.load();
        return new RedisCommands(table, SessionCommand.byRow(table), ReplySizes.of(table, slowAboveBytes));
    }

    SessionCommand meaning(int row) {
        return row == CommandTable.ABSENT ? SessionCommand.PLAIN : meanings[row];
    }
}
