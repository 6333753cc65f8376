/**
 * Protocol-free and network-free batching: rings, the departure rule, in-flight tables, and a stand-alone batcher.
 */
@NullMarked
package io.boxcar.batching;

import org.jspecify.annotations.NullMarked;
