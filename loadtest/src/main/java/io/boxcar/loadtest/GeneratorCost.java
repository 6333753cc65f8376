package io.boxcar.loadtest;

/**
 * What the load generator itself used during the measured window.
 *
 * @param cpuNs CPU time of its process, user and kernel; -1 if the platform does not tell
 * @param loopBusy share of the window in which its loop thread had work: ran, or waited for a CPU to run on; -1 if the
 *     platform does not tell
 */
public record GeneratorCost(long cpuNs, double loopBusy) {
    public static final GeneratorCost UNKNOWN = new GeneratorCost(-1, -1);

    private static final double LIMIT = 0.95;

    /** Whether the generator could not have done more: what was measured is then the generator. */
    public boolean isLimit() {
        return loopBusy >= LIMIT;
    }

    GeneratorCost plus(double seconds, GeneratorCost other, double otherSeconds) {
        if (cpuNs < 0 || other.cpuNs < 0 || loopBusy < 0 || other.loopBusy < 0 || seconds + otherSeconds <= 0) {
            return UNKNOWN;
        }
        return new GeneratorCost(
                cpuNs + other.cpuNs, (loopBusy * seconds + other.loopBusy * otherSeconds) / (seconds + otherSeconds));
    }
}
