package io.boxcar.proxy.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigOrigin;
import com.typesafe.config.ConfigOriginFactory;
import com.typesafe.config.ConfigParseOptions;
import com.typesafe.config.ConfigUtil;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueFactory;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Gathers what the user gave and reads it once. Precedence, highest first, whatever the order of the calls:
 *
 * <pre>
 *   set  >  listener, admin  >  file  >  boxcar-without-listeners  >  reference.conf
 * </pre>
 *
 * The part of {@code reference.conf} named {@code boxcar-without-listeners} counts only if neither {@link #file} nor {@link
 * #listener} gives a listener.
 */
public final class ConfigLoader {

    private record Forward(String protocol, String text) {}

    private final Set<String> protocols;
    private final List<Forward> forwards = new ArrayList<>();
    private final List<String> settings = new ArrayList<>();
    private @Nullable Path file;
    private @Nullable String admin;

    /** @param protocols the names that a listener's {@code protocol} may have */
    public ConfigLoader(Set<String> protocols) {
        this.protocols = Set.copyOf(protocols);
    }

    /** Reads this HOCON or JSON file. */
    public ConfigLoader file(Path path) {
        file = path;
        return this;
    }

    /**
     * Adds a listener and an upstream, both named after the protocol ({@code redis}, then {@code redis-2}, ...; names that the
     * file has are left out).
     *
     * @param listenAndUpstream {@code LISTEN=UPSTREAM[,UPSTREAM]...}
     */
    public ConfigLoader listener(String protocol, String listenAndUpstream) {
        forwards.add(new Forward(protocol, listenAndUpstream));
        return this;
    }

    /** @param address where the admin endpoint listens, or {@code off} */
    public ConfigLoader admin(String address) {
        admin = address;
        return this;
    }

    /** @param keyAndValue {@code KEY=VALUE}, the key with or without its leading {@code boxcar.} */
    public ConfigLoader set(String keyAndValue) {
        settings.add(keyAndValue);
        return this;
    }

    /** @throws InvalidConfig with everything that is wrong */
    public BoxcarConfig load() throws InvalidConfig {
        Problems problems = new Problems();
        Config reference = reference();
        KnownKeys known = new KnownKeys(reference);
        Config fromFile = known.keepKnown(parseFile(problems), problems);
        Config withForwards =
                known.keepKnown(forwards(fromFile, problems), problems).withFallback(fromFile);
        Config fromSettings = known.keepKnown(settings(problems), problems);
        Config builtIn = hasListener(withForwards)
                ? ConfigFactory.empty()
                : reference.getConfig("boxcar-without-listeners").atPath("boxcar");
        Config all =
                fromSettings.withFallback(withForwards).withFallback(builtIn).withFallback(reference);
        BoxcarConfig config = new ConfigReader(all, protocols, problems).read();
        problems.throwIfAny();
        return config;
    }

    static Config reference() {
        return ConfigFactory.parseResources(ConfigLoader.class.getClassLoader(), "reference.conf");
    }

    private static boolean hasListener(Config config) {
        return config.hasPath("boxcar.listeners")
                && !config.getObject("boxcar.listeners").isEmpty();
    }

    /** A file that cannot be read at all is the only mistake told: all others could be its consequences. */
    private Config parseFile(Problems problems) throws InvalidConfig {
        if (file == null) {
            return ConfigFactory.empty();
        }
        if (!Files.isRegularFile(file) || !Files.isReadable(file)) {
            problems.add(file + ": this configuration file does not exist or cannot be read; check --config");
        } else {
            try {
                return ConfigFactory.parseFile(
                                file.toFile(), ConfigParseOptions.defaults().setAllowMissing(false))
                        .resolve();
            } catch (ConfigException e) {
                problems.add(message(e));
            }
        }
        problems.throwIfAny();
        return ConfigFactory.empty();
    }

    /** Messages of the parser start with the description of the origin, "FILE: LINE: "; this makes it "FILE:LINE: ". */
    private static String message(ConfigException e) {
        String message = String.valueOf(e.getMessage());
        ConfigOrigin origin = e.origin();
        if (origin == null || origin.filename() == null || origin.lineNumber() < 1) {
            return message;
        }
        String text = message.startsWith(origin.description() + ": ")
                ? message.substring(origin.description().length() + 2)
                : message;
        return origin.filename() + ":" + origin.lineNumber() + ": " + text;
    }

    private Config forwards(Config fromFile, Problems problems) {
        Config config = ConfigFactory.empty();
        for (Forward forward : forwards) {
            String option = "--" + forward.protocol + " " + forward.text;
            int equals = forward.text.indexOf('=');
            if (equals < 1 || equals == forward.text.length() - 1) {
                problems.add(option + ": is not LISTEN=UPSTREAM; write it as in --" + forward.protocol
                        + (forward.protocol.equals("http") ? " 8080=127.0.0.1:8000" : " 6380=127.0.0.1:6379"));
                continue;
            }
            String name = unusedName(forward.protocol, config.withFallback(fromFile));
            ConfigOrigin origin = ConfigOriginFactory.newSimple(option);
            String listener = "boxcar.listeners." + name;
            config = config.withValue(listener + ".protocol", value(forward.protocol, origin))
                    .withValue(listener + ".listen", value(forward.text.substring(0, equals), origin))
                    .withValue(listener + ".upstream", value(name, origin))
                    .withValue(
                            "boxcar.upstreams." + name + ".endpoints",
                            value(forward.text.substring(equals + 1), origin));
        }
        return admin == null
                ? config
                : config.withValue(
                        "boxcar.admin.listen", value(admin, ConfigOriginFactory.newSimple("--admin " + admin)));
    }

    private static String unusedName(String protocol, Config config) {
        String name = protocol;
        for (int n = 2;
                config.hasPathOrNull("boxcar.listeners." + name) || config.hasPathOrNull("boxcar.upstreams." + name);
                n++) {
            name = protocol + "-" + n;
        }
        return name;
    }

    private Config settings(Problems problems) {
        Config config = ConfigFactory.empty();
        for (String setting : settings) {
            int equals = setting.indexOf('=');
            boolean secret = isSecret(setting, equals);
            String option = "--set " + (secret ? setting.substring(0, equals + 1) + AuthConfig.MASK : setting);
            if (equals < 1) {
                problems.add(option + ": is not KEY=VALUE; write it as in --set upstreams.redis.connections=2");
                continue;
            }
            String key = setting.substring(0, equals).strip();
            try {
                String path = ConfigUtil.splitPath(key).getFirst().equals("boxcar") ? key : "boxcar." + key;
                config = config.withValue(
                        path, settingValue(setting.substring(equals + 1).strip(), option));
            } catch (ConfigException e) {
                problems.add(option + ": cannot be read; " + (secret ? "put quotes around the value" : e.getMessage()));
            }
        }
        return config;
    }

    /** Whether messages may name the key only, be it misspelt: the value is, or has in it, a password. */
    private static boolean isSecret(String setting, int equals) {
        List<String> key =
                List.of(setting.substring(0, Math.max(0, equals)).strip().split("\\.", -1));
        return key.contains("auth")
                || Nearest.to(key.getLast(), List.of("password", "token")) != null
                || setting.contains("password")
                || setting.contains("token");
    }

    /** Lists, blocks and quoted texts are HOCON; all else is taken as it is, so that an address needs no quotes. */
    private static ConfigValue settingValue(String text, String option) {
        if (text.startsWith("[") || text.startsWith("{") || text.startsWith("\"")) {
            ConfigParseOptions options = ConfigParseOptions.defaults().setOriginDescription(option);
            return ConfigFactory.parseString("value = " + text, options)
                    .resolve()
                    .getValue("value")
                    .withOrigin(ConfigOriginFactory.newSimple(option));
        }
        return value(text, ConfigOriginFactory.newSimple(option));
    }

    private static ConfigValue value(String text, ConfigOrigin origin) {
        return ConfigValueFactory.fromAnyRef(text).withOrigin(origin);
    }
}
