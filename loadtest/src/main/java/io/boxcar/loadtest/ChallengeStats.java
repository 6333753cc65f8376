package io.boxcar.loadtest;

import java.io.IOException;
import java.math.BigDecimal;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The four numbers of the one-million-request challenge, as {@code GET /stats} tells them. */
record ChallengeStats(long totalRequests, long uniqueUsers, BigDecimal sum, double avg) {

    /** What is to be seen after the first {@code count} events, each counted once. */
    static ChallengeStats after(long count) {
        long rest = count % ChallengeEvents.VALUES;
        long sumOfRound = (ChallengeEvents.VALUES - 1L) * ChallengeEvents.VALUES / 2;
        long sum = count / ChallengeEvents.VALUES * sumOfRound + rest * (rest - 1) / 2;
        return new ChallengeStats(
                count,
                Math.min(count, ChallengeEvents.USERS),
                BigDecimal.valueOf(sum),
                count == 0 ? 0 : (double) sum / count);
    }

    /** @throws IOException when one of the numbers is missing, quoting the text */
    static ChallengeStats parse(String json) throws IOException {
        try {
            return new ChallengeStats(
                    number(json, "totalRequests").longValueExact(),
                    number(json, "uniqueUsers").longValueExact(),
                    number(json, "sum"),
                    number(json, "avg").doubleValue());
        } catch (ArithmeticException e) {
            throw new IOException("GET /stats tells a count that is not a whole number: " + json, e);
        }
    }

    static BigDecimal number(String json, String name) throws IOException {
        Matcher matcher = Pattern.compile("\"" + name + "\"\\s*:\\s*(-?\\d+(\\.\\d+)?([eE][+-]?\\d{1,3})?)\\s*[,}]")
                .matcher(json);
        if (!matcher.find()) {
            throw new IOException("there is no number \"" + name + "\" in the answer: " + json);
        }
        return new BigDecimal(matcher.group(1));
    }

    /** Equal in value, however many zeros a decimal has at its end. */
    boolean sameAs(ChallengeStats other) {
        return totalRequests == other.totalRequests
                && uniqueUsers == other.uniqueUsers
                && sum.compareTo(other.sum) == 0
                && avg == other.avg;
    }
}
