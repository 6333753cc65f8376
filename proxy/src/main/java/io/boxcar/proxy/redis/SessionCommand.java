package io.boxcar.proxy.redis;

import java.util.Arrays;

/** The commands that mean something to a client's session; all others are {@link #PLAIN}. */
enum SessionCommand {
    PLAIN(""),
    SELECT("SELECT"),
    AUTH("AUTH"),
    HELLO("HELLO"),
    RESET("RESET"),
    QUIT("QUIT"),
    SET_NAME("CLIENT|SETNAME"),
    GET_NAME("CLIENT|GETNAME"),
    SET_INFO("CLIENT|SETINFO"),
    WATCH("WATCH"),
    UNWATCH("UNWATCH"),
    MULTI("MULTI"),
    EXEC("EXEC"),
    DISCARD("DISCARD"),
    SUBSCRIBE("SUBSCRIBE"),
    UNSUBSCRIBE("UNSUBSCRIBE"),
    PSUBSCRIBE("PSUBSCRIBE"),
    PUNSUBSCRIBE("PUNSUBSCRIBE"),
    SSUBSCRIBE("SSUBSCRIBE"),
    SUNSUBSCRIBE("SUNSUBSCRIBE"),
    TRACKING("CLIENT|TRACKING"),
    GET_REDIR("CLIENT|GETREDIR"),
    TRACKING_INFO("CLIENT|TRACKINGINFO"),
    REPLY("CLIENT|REPLY"),
    NO_EVICT("CLIENT|NO-EVICT"),
    NO_TOUCH("CLIENT|NO-TOUCH"),
    CLIENT_ID("CLIENT|ID"),
    CLIENT_INFO("CLIENT|INFO"),
    CLIENT_LIST("CLIENT|LIST"),
    CLIENT_KILL("CLIENT|KILL"),
    CLIENT_UNBLOCK("CLIENT|UNBLOCK"),
    READONLY("READONLY"),
    READWRITE("READWRITE"),
    ASKING("ASKING"),
    WAIT("WAIT"),
    WAITAOF("WAITAOF"),
    MONITOR("MONITOR"),
    SYNC("SYNC"),
    PSYNC("PSYNC"),
    REPLCONF("REPLCONF"),
    SCRIPT("SCRIPT");

    private final String tableName;

    SessionCommand(String tableName) {
        this.tableName = tableName;
    }

    /** By row of the table. */
    static SessionCommand[] byRow(CommandTable commands) {
        SessionCommand[] byRow = new SessionCommand[commands.rows()];
        Arrays.fill(byRow, PLAIN);
        for (SessionCommand command : values()) {
            int row = commands.rowOf(command.tableName);
            if (row != CommandTable.ABSENT) {
                byRow[row] = command;
            } else if (command != PLAIN) {
                throw new IllegalArgumentException(command.tableName + " is not in the table of commands");
            }
        }
        return byRow;
    }
}
