package io.boxcar.proxy.admin;

/** What drains. */
public enum DrainDirection {
    /** Everything; then the process ends. */
    ALL,

    /** The listeners through which others reach the application; its own requests go on, and the process stays. */
    INBOUND
}
