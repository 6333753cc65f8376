package io.boxcar.proxy.redis;

import io.boxcar.proxy.core.ClientHandle;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The clients of one upstream by number, and which of them has which connection of Redis right now. Any thread.
 *
 * <pre>
 *   client --number--> Boxcar --real id--> Redis
 * </pre>
 * A client keeps its number for life, while the connections that it borrows have ids of their own; whoever names a client by
 * its number gets it translated. It is used when clients come and go and borrow connections, not per request.
 */
final class ClientDirectory {
    /** Redis counts its connections from 1, so it never comes here. */
    static final long FIRST_NUMBER = 1L << 40;

    /** A client. Its real id is written by the client's event loop and read by all. */
    static final class Entry {
        private final long number;
        private final ClientHandle client;
        private volatile long realId = Standing.UNKNOWN;
        /** Owned by the client's event loop. */
        private boolean isTold;

        private Entry(long number, ClientHandle client) {
            this.number = number;
            this.client = client;
        }

        long number() {
            return number;
        }

        /** The number, for the client, who may pass it on. */
        long tell() {
            isTold = true;
            return number;
        }

        /** Whether anybody may name the client by its number: then the ids of its connections must be known. */
        boolean isTold() {
            return isTold;
        }

        /** Of the connection that it borrows now, or {@link Standing#UNKNOWN}. */
        long realId() {
            return realId;
        }

        void disconnect() {
            client.closeFromAnyThread();
        }
    }

    private final AtomicLong next = new AtomicLong(FIRST_NUMBER);
    private final ConcurrentMap<Long, Entry> byNumber = new ConcurrentHashMap<>();
    private final ConcurrentMap<Long, Entry> byRealId = new ConcurrentHashMap<>();

    Entry add(ClientHandle client) {
        Entry entry = new Entry(next.getAndIncrement(), client);
        byNumber.put(entry.number, entry);
        return entry;
    }

    void remove(Entry entry) {
        returned(entry);
        byNumber.remove(entry.number, entry);
    }

    void lent(Entry entry, long realId) {
        returned(entry);
        if (realId != Standing.UNKNOWN) {
            entry.realId = realId;
            byRealId.put(realId, entry);
        }
    }

    void returned(Entry entry) {
        if (entry.realId != Standing.UNKNOWN) {
            byRealId.remove(entry.realId, entry);
            entry.realId = Standing.UNKNOWN;
        }
    }

    /** Null if no client has this number. */
    @Nullable
    Entry named(long number) {
        return byNumber.get(number);
    }

    /** The number of the client that borrows this connection of Redis, or the id itself if it is nobody's. */
    long numberOf(long realId) {
        Entry entry = byRealId.get(realId);
        return entry == null ? realId : entry.number;
    }

    int size() {
        return byNumber.size();
    }
}
