/** HTTP: coalesces the requests of many clients into few upstream connections. */
@NullMarked
package io.boxcar.proxy.http;

import org.jspecify.annotations.NullMarked;
