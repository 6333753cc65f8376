package io.boxcar.proxy.core;

/**
 * One client on one lane: what the lane remembers of the client from request to request. Made by the client's event loop; the
 * fields that change are owned by the lane's.
 */
final class Passenger {
    final ClientConnection client;
    final Lane lane;
    final boolean isSlow;

    /** Requests of this or an older epoch are not sent, because one before them was lost. */
    int lostEpoch = -1;

    /** The last of the lane's losses in which this client had a request in flight that may not be repeated. */
    int lossWithWrite;

    /** The activity epoch in which this client was counted last. */
    int activityEpoch = -1;

    Passenger(ClientConnection client, Lane lane, boolean isSlow) {
        this.client = client;
        this.lane = lane;
        this.isSlow = isSlow;
    }
}
