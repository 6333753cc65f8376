/**
 * Embedded origins, load generator and demo.
 */
@NullMarked
package io.boxcar.loadtest;

import org.jspecify.annotations.NullMarked;
