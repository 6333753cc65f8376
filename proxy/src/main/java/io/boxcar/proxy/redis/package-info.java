/**
 * The Redis protocol (RESP2 and RESP3): where requests and replies end, and how each command may travel.
 *
 * <p>Starting points: {@link io.boxcar.proxy.redis.RedisRequestDecoder} decides how a client's requests travel,
 * {@link io.boxcar.proxy.redis.RedisSession} follows what pins a client, and {@link io.boxcar.proxy.redis.SessionState} is what
 * Redis has said about it. {@link io.boxcar.proxy.redis.RequestScanner} finds the ends of requests as Redis would,
 * {@link io.boxcar.proxy.redis.ReplyScanner} the ends of replies, and
 * {@link io.boxcar.proxy.redis.CommandTable} reads {@code commands.txt}, the list of commands by
 * {@link io.boxcar.proxy.redis.Travel}. {@link io.boxcar.proxy.redis.Keys} finds the keys of a request, from {@code keys.txt},
 * and {@link io.boxcar.proxy.redis.Splits} makes several requests of one whose keys live in several places.
 */
@NullMarked
package io.boxcar.proxy.redis;

import org.jspecify.annotations.NullMarked;
