package io.boxcar.proxy.core;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which endpoint serves which place: a snapshot, immutable. A new one is another object. */
final class Routes {
    private final List<Endpoint> primaries;
    private final List<List<Endpoint>> replicas;
    private final short @Nullable [] slots;

    /**
     * @param replicas of each primary; where there are some, they serve its reads
     * @param slots for each place the index of its primary; null if a place is that index
     */
    Routes(List<Endpoint> primaries, List<List<Endpoint>> replicas, short @Nullable [] slots) {
        this.primaries = List.copyOf(primaries);
        this.replicas = List.copyOf(replicas);
        this.slots = slots;
    }

    /** Whether these routes lead where the others do. */
    boolean isLike(Routes other) {
        return primaries.equals(other.primaries)
                && replicas.equals(other.replicas)
                && Arrays.equals(slots, other.slots);
    }

    /** Whether they lead to this endpoint at all. */
    boolean contains(Endpoint endpoint) {
        return primaries.contains(endpoint) || replicas.stream().anyMatch(group -> group.contains(endpoint));
    }

    List<Endpoint> primaries() {
        return primaries;
    }

    short @Nullable [] slots() {
        return slots;
    }

    List<List<Endpoint>> replicas() {
        return replicas;
    }

    private int indexOf(int place, long clientNumber) {
        if (place >= RequestDecoder.FIRST_ENDPOINT) {
            return (place - RequestDecoder.FIRST_ENDPOINT) % primaries.size();
        }
        short[] s = slots;
        if (s == null) {
            return Math.max(place, 0); // keyless: the first, so that publishers and subscribers meet
        }
        boolean anywhere = place == RequestDecoder.ANYWHERE || s[place] < 0;
        return anywhere ? (int) Long.remainderUnsigned(clientNumber, primaries.size()) : s[place];
    }

    /** Where writes for this place go; for any place, the same endpoint for the same client. */
    Endpoint primary(int place, long clientNumber) {
        return primaries.get(indexOf(place, clientNumber));
    }

    /** Where reads of this place may go: a replica if reads go to replicas and there is one, or else the primary. */
    Endpoint forReads(int place, long clientNumber) {
        int index = indexOf(place, clientNumber);
        if (replicas.isEmpty() || replicas.get(index).isEmpty()) {
            return primaries.get(index);
        }
        List<Endpoint> candidates = replicas.get(index);
        return candidates.get((int) Long.remainderUnsigned(clientNumber, candidates.size()));
    }
}
