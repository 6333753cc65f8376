/**
 * Merges what many threads hand over one at a time into batches, and gives every answer back to whoever asked. Free of
 * protocols and of networks; the Disruptor is the only thing it needs.
 *
 * <p>Starting points:
 *
 * <ul>
 *   <li>{@link io.boxcar.batching.Batcher} and {@link io.boxcar.batching.ResultBatcher}: batching with a thread of its
 *       own, as for log shipping and bulk inserts.
 *   <li>{@link io.boxcar.batching.BatchRing}: many producers, one event loop that drains, one wake-up per idle spell.
 *   <li>{@link io.boxcar.batching.DeparturePolicy}: when a batch leaves.
 *   <li>{@link io.boxcar.batching.InFlight}: which response belongs to which request.
 *   <li>{@link io.boxcar.batching.ResponseWindow}: responses of one client in request order.
 * </ul>
 */
@NullMarked
package io.boxcar.batching;

import org.jspecify.annotations.NullMarked;
