package io.boxcar.loadtest;

import java.util.SplittableRandom;
import java.util.function.IntSupplier;

/** Chooses among shared keys, the same ones in each run. Owned by the thread that runs the load. */
final class KeyChoice implements IntSupplier {
    private static final long SEED = 0x626f78636172L;
    private static final double EXPONENT = 0.99; // as YCSB has it

    private final SplittableRandom random = new SplittableRandom(SEED);
    private final int keys;
    private final boolean zipf;
    private final double zeta;
    private final double alpha;
    private final double eta;

    KeyChoice(KeyDistribution distribution, int keys) {
        this.keys = keys;
        zipf = distribution == KeyDistribution.ZIPF && keys > 2;
        zeta = zipf ? zeta(keys) : 0;
        alpha = 1 / (1 - EXPONENT);
        eta = zipf ? (1 - Math.pow(2.0 / keys, 1 - EXPONENT)) / (1 - zeta(2) / zeta) : 0;
    }

    private static double zeta(int count) {
        double sum = 0;
        for (int i = 1; i <= count; i++) {
            sum += Math.pow(i, -EXPONENT);
        }
        return sum;
    }

    /** A key, from 0. */
    @Override
    public int getAsInt() {
        return zipf ? rank() : random.nextInt(keys);
    }

    /** Gray et al., Quickly Generating Billion-Record Synthetic Databases, SIGMOD 1994, section 3.2. */
    private int rank() {
        double u = random.nextDouble();
        double uz = u * zeta;
        if (uz < 1) {
            return 0;
        }
        if (uz < 1 + Math.pow(0.5, EXPONENT)) {
            return 1;
        }
        return Math.min(keys - 1, (int) (keys * Math.pow(eta * u - eta + 1, alpha)));
    }
}
