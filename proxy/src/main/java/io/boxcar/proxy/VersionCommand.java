package io.boxcar.proxy;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Spec;

@Command(name = "version", header = "Print the versions of Boxcar and of the JDK it runs on.")
final class VersionCommand implements Callable<Integer> {

    @Mixin
    private final HelpOption help = new HelpOption();

    @Spec
    private CommandSpec spec = CommandSpec.create();

    @Override
    public Integer call() {
        PrintWriter out = spec.commandLine().getOut();
        out.println("boxcar " + version());
        out.println("JDK " + Runtime.version() + " (" + System.getProperty("java.vendor") + "), "
                + System.getProperty("os.name") + " " + System.getProperty("os.arch"));
        AotCache cache = AotCache.ofThisProcess();
        String withoutCache = cache.obstacle();
        if (cache.isWanted()) {
            out.println(withoutCache == null ? "with an AOT cache" : "without AOT cache: " + withoutCache);
        }
        out.flush();
        return Main.OK;
    }

    /** From the manifest of the jar; classes that were never packaged have none. */
    private static String version() {
        String version = Main.class.getPackage().getImplementationVersion();
        return version == null ? "(not packaged)" : version;
    }
}
