package io.boxcar.proxy.redis;

/** What the error that answers EXEC or DISCARD says about the transaction. The texts are those of Redis since 6.2. */
final class TransactionEnd {
    private TransactionEnd() {}

    /** @param error the text behind the minus sign, of which the first 25 characters suffice */
    static boolean isSaidBy(String error) {
        return unwatches(error)
                || error.startsWith("ERR EXEC without MULTI")
                || error.startsWith("ERR DISCARD without MULTI");
    }

    /** Whether Redis ran discardTransaction: nothing is watched any more. */
    static boolean unwatches(String error) {
        return error.startsWith("EXECABORT")
                || error.startsWith("MOVED ")
                || error.startsWith("ASK ")
                || error.startsWith("TRYAGAIN")
                || error.startsWith("CROSSSLOT")
                || error.startsWith("CLUSTERDOWN");
    }
}
