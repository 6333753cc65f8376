package io.boxcar.proxy.http;

/**
 * How much of a message's head is accepted; enforced while its bytes still come.
 *
 * @param maxLineBytes of the request line or the status line, with its line end
 * @param maxHeaderBytes of all field lines together, with the empty one
 * @param maxFields lines between the first and the empty one
 */
public record HeadLimits(int maxLineBytes, int maxHeaderBytes, int maxFields) {}
