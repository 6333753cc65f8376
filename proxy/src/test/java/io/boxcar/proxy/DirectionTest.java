package io.boxcar.proxy;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;

import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.lang.ArchRule;
import java.util.Arrays;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Holds the direction {@code loadtest -> proxy -> metrics -> batching}, and keeps the protocols apart. */
class DirectionTest {

    private static final String[] PROTOCOLS = {
        "io.boxcar.proxy.redis..",
        "io.boxcar.proxy.http1..",
        "io.boxcar.proxy.http2..",
        "io.boxcar.proxy.frame..",
        "io.boxcar.proxy.quic.."
    };

    @SuppressWarnings("NullAway.Init")
    private static JavaClasses classes;

    @BeforeAll
    static void readClasses() {
        classes = new ClassFileImporter()
                .withImportOption(new ImportOption.DoNotIncludeTests())
                .importPackages("io.boxcar");
    }

    @Test
    void theCoreKnowsNoProtocol() {
        check(noClasses()
                .that()
                .resideInAPackage("io.boxcar.proxy.core..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PROTOCOLS));
    }

    @Test
    void onlyTheListOfProtocolsNamesThem() {
        check(noClasses()
                .that()
                .resideOutsideOfPackages(PROTOCOLS)
                .and()
                .haveNameNotMatching("io\\.boxcar\\.proxy\\.Protocols(\\$.*)?")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(PROTOCOLS));
    }

    @Test
    void protocolsDoNotSeeEachOther() {
        for (String protocol : PROTOCOLS) {
            String[] others = Arrays.stream(PROTOCOLS)
                    .filter(other -> !other.equals(protocol))
                    .toArray(String[]::new);
            check(noClasses()
                    .that()
                    .resideInAPackage(protocol)
                    .should()
                    .dependOnClassesThat()
                    .resideInAnyPackage(others));
        }
    }

    @Test
    void batchingKnowsNeitherNetworkNorMetricsNorProxy() {
        check(noClasses()
                .that()
                .resideInAPackage("io.boxcar.batching..")
                .should()
                .dependOnClassesThat()
                .resideInAnyPackage(
                        "io.netty..",
                        "io.micrometer..",
                        "io.prometheus..",
                        "io.boxcar.metrics..",
                        "io.boxcar.proxy.."));
    }

    @Test
    void metricsDoNotKnowTheProxy() {
        check(noClasses()
                .that()
                .resideInAPackage("io.boxcar.metrics..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.boxcar.proxy.."));
    }

    @Test
    void nothingThatShipsDependsOnTheLoadTest() {
        check(noClasses()
                .that()
                .resideOutsideOfPackage("io.boxcar.loadtest..")
                .should()
                .dependOnClassesThat()
                .resideInAPackage("io.boxcar.loadtest.."));
    }

    private static void check(ArchRule rule) {
        rule.allowEmptyShould(true).check(classes);
    }
}
