/**
 * Rules of the kernel that lead connections to a captured listener: what they say, in the languages of nftables and iptables, and how
 * they get into the kernel and out again.
 *
 * <h2>Starting points</h2>
 *
 * <ul>
 *   <li>{@link io.boxcar.proxy.rules.CaptureRules}: what is captured and what is not
 *   <li>{@link io.boxcar.proxy.rules.RuleSetup}: applies and removes them
 * </ul>
 */
@NullMarked
package io.boxcar.proxy.rules;

import org.jspecify.annotations.NullMarked;
