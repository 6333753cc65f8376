/**
 * Shows and measures what the sidecar does: a real Redis and HTTP servers as embedded origins, load that checks each response, and the
 * demo. Reaches the command line through {@link io.boxcar.proxy.CliCommand}, so that an image can leave it out.
 *
 * <p>Starting points:
 *
 * <ul>
 *   <li>{@link io.boxcar.loadtest.RedisOrigin}: a Redis for a test, that can crash and come back
 *   <li>{@link io.boxcar.loadtest.RedisLoad}: the load, {@link io.boxcar.loadtest.LoadPlan} what it does, and
 *       {@link io.boxcar.loadtest.LoadResult} what it saw; {@code LoadConnection} checks that responses are paired
 *   <li>{@link io.boxcar.loadtest.HttpLoad}: the same for HTTP; an {@code HttpScript} tells what is sent and what is the
 *       right answer, {@code ChallengeLoad} is the one-million-request challenge
 *   <li>{@code LoadRun}: the stages of either load; {@code Dispatch} gives requests to connections, {@code LoadLoop} is the
 *       thread and the connections that it has
 *   <li>{@code LoadReport} and {@code LoadPage}: the result for programs and to look at
 *   <li>{@code Demo}: direct and through Boxcar by turns, for each {@code DemoSubject}; {@code DemoReport} puts it in words
 *   <li>{@code Children}: the processes that must not be left behind
 *   <li>{@code io.boxcar.loadtest.compare}: Boxcar beside other proxies; {@code io.boxcar.loadtest.report}: the pages
 * </ul>
 */
@NullMarked
package io.boxcar.loadtest;

import org.jspecify.annotations.NullMarked;
