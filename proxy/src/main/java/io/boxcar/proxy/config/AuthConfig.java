package io.boxcar.proxy.config;

/**
 * Who Boxcar itself is at the upstream. {@link #toString()} does not tell the password.
 *
 * @param user empty = the upstream's default user
 * @param password empty = Boxcar does not authenticate itself
 */
public record AuthConfig(String user, String password) {

    /** What is shown in place of a password. */
    static final String MASK = "***";

    /** Whether there is anything to authenticate with. */
    public boolean isPresent() {
        return !password.isEmpty();
    }

    /** The password as it may be shown: whether there is one. */
    String maskedPassword() {
        return isPresent() ? MASK : "";
    }

    @Override
    public String toString() {
        return "AuthConfig[user=" + user + ", password=" + maskedPassword() + "]";
    }
}
