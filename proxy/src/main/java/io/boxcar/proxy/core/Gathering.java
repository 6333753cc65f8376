package io.boxcar.proxy.core;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** The responses of a scattered request, as they come in. Owned by the client's event loop. */
final class Gathering {
    private final Scatter scatter;
    private final Exchange whole;
    private final @Nullable ByteBuf[] responses;
    private int missing;
    private boolean failed;

    /** @param whole stands for all parts in the client's order of responses */
    Gathering(Scatter scatter, Exchange whole) {
        this.scatter = scatter;
        this.whole = whole;
        this.responses = new ByteBuf[scatter.size()];
        this.missing = responses.length;
    }

    Exchange whole() {
        return whole;
    }

    /** The response to a part, or the error in its place; takes it. */
    void put(int part, @Nullable ByteBuf response) {
        responses[part] = response;
        missing--;
    }

    /** A part has come back that nobody wants any more. */
    void isGone() {
        missing--;
    }

    /** A part failed: whether it is the first to do so, and the request fails with it. */
    boolean isFirstFailure() {
        boolean first = !failed;
        failed = true;
        return first;
    }

    boolean isComplete() {
        return missing == 0;
    }

    /** The response to the request; everything is there. */
    ByteBuf gather(ByteBufAllocator allocator) {
        ByteBuf[] all = new ByteBuf[responses.length];
        for (int i = 0; i < all.length; i++) {
            ByteBuf response = responses[i];
            if (response == null) {
                throw new IllegalStateException("a part has no response");
            }
            all[i] = response;
        }
        Arrays.fill(responses, null);
        return scatter.gather(all, allocator);
    }

    void release() {
        for (ByteBuf response : responses) {
            if (response != null) {
                response.release();
            }
        }
        Arrays.fill(responses, null);
    }
}
