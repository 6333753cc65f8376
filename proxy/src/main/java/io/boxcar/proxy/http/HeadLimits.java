package io.boxcar.proxy.http;

/**
 * How much of a message's head is accepted; enforced while its bytes still come.
 *
 * @param maxLineBytes of the request line, the status line or a field, with its line end
 * @param maxHeadBytes of all lines together, with the empty one
 * @param maxFields lines between the first and the empty one
 */
public record HeadLimits(int maxLineBytes, int maxHeadBytes, int maxFields) {}
