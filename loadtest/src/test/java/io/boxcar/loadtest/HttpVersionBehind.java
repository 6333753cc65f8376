package io.boxcar.loadtest;

/** What Boxcar speaks to the origin. */
enum HttpVersionBehind {
    HTTP_1,
    HTTP_2
}
