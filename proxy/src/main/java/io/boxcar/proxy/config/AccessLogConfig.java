package io.boxcar.proxy.config;

/**
 * A line for each exchange.
 *
 * @param output {@code off}, {@code stdout}, {@code stderr}, or the absolute path of a file
 * @param sample the part of all exchanges that is written, from 0 to 1
 * @param errorsPerSecond failed exchanges that are written besides, in each second; 0 = none but those of the sample
 * @param buffer exchanges that may be outstanding or wait to be written; lines beyond are dropped
 */
public record AccessLogConfig(String output, double sample, int errorsPerSecond, int buffer) {

    public static final String OFF = "off";
    public static final String STDOUT = "stdout";
    public static final String STDERR = "stderr";

    public boolean isOn() {
        return !output.equals(OFF);
    }
}
