import com.sun.net.httpserver.HttpServer;
import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.CertificateFactory;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/**
 * Gives a Boxcar that records an AOT cache the work that it is to be quick at: it starts one, sends it requests of every protocol, has it
 * reload and drain, and waits until the cache is written.
 *
 * <pre>
 *   java Training.java plain COMMAND...   Redis and HTTP/1.1; COMMAND runs Boxcar, without its "run"
 *   java Training.java all COMMAND...     HTTP/2, TLS, reload, metrics and what else the admin server tells, too
 * </pre>
 *
 * The JVM has all of an AOT cache in memory, used or not: who needs no TLS is better off without its classes.
 *
 * Needs nothing but a JDK. The origins are here; for HTTP/2 and TLS towards upstreams, Boxcar is its own upstream:
 *
 * <pre>
 *   client -> redis -------------------------------------> origin      client -> http -------------------------------> origin
 *   client -> redis with TLS -> upstream with TLS, itself --^          client -> h2c -> upstream h2, itself -----------^
 *                                                                      client -> https, h2 -> upstream https, itself --^
 * </pre>
 */
public final class Training {
    private static final int CLIENTS = 50;
    private static final int ROUNDS = 600;
    private static final int HTTP_REQUESTS = 3_000;
    private static final int TLS_ROUNDS = 60;
    private static final int PATIENCE_SECONDS = 120;
    private static final char[] PASSWORD = "training".toCharArray();

    private final Path folder;
    private final boolean isAll;
    private final int admin = freePort();
    private final int redis = freePort();
    private final int redisTls = freePort();
    private final int redisToTls = freePort();
    private final int http = freePort();
    private final int httpToH2 = freePort();
    private final int https = freePort();
    private final int httpToHttps = freePort();
    private final int added = freePort();
    private int redisOrigin;
    private int httpOrigin;

    private Training(Path folder, boolean isAll) throws IOException {
        this.folder = folder;
        this.isAll = isAll;
    }

    public static void main(String[] arguments) throws Exception {
        if (arguments.length < 2 || !List.of("plain", "all").contains(arguments[0])) {
            System.err.println("usage: java Training.java plain|all COMMAND...");
            System.exit(2);
        }
        Path folder = Files.createTempDirectory("boxcar-training");
        boolean hasFailed = false;
        try {
            new Training(folder, arguments[0].equals("all")).run(List.of(arguments).subList(1, arguments.length));
        } catch (IOException | IllegalStateException e) {
            System.err.println("the training run of the AOT cache failed: " + e.getMessage());
            Path log = folder.resolve("log");
            if (Files.exists(log)) {
                List<String> lines = Files.readAllLines(log);
                lines.subList(Math.max(0, lines.size() - 20), lines.size()).forEach(System.err::println);
            }
            hasFailed = true;
        } finally {
            deleteAll(folder);
        }
        System.exit(hasFailed ? 1 : 0);
    }

    private void run(List<String> command) throws Exception {
        certificate();
        redisOrigin = serveRedis();
        httpOrigin = serveHttp();
        Path config = folder.resolve("boxcar.conf");
        Files.writeString(config, configuration(false));
        List<String> whole = new ArrayList<>(command);
        whole.addAll(List.of(
                "run",
                "--config",
                config.toString(),
                "--redis",
                "127.0.0.1:" + freePort() + "=127.0.0.1:" + redisOrigin,
                "--http=127.0.0.1:" + freePort() + "=127.0.0.1:" + httpOrigin,
                "--admin",
                "127.0.0.1:" + admin,
                "--set",
                "shutdown.lame-duck=0s"));
        Process boxcar = new ProcessBuilder(whole)
                .redirectErrorStream(true)
                .redirectOutput(folder.resolve("log").toFile())
                .start();
        try {
            awaitReady(boxcar);
            drive();
            if (isAll) {
                Files.writeString(config, configuration(true));
                ask("POST", "/reload");
                for (String path : List.of("/live", "/ready", "/metrics", "/stats", "/config", "/")) {
                    ask("GET", path);
                }
                redisRounds(plain(added), 20, 1);
            }
            ask("POST", "/drain");
            if (!boxcar.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
                throw new IllegalStateException("Boxcar did not end after POST /drain");
            }
            if (boxcar.exitValue() != 0) {
                throw new IllegalStateException("Boxcar ended with exit code " + boxcar.exitValue());
            }
        } finally {
            boxcar.destroyForcibly();
        }
    }

    // ---- Boxcar ----

    private String configuration(boolean isReloaded) {
        String tls = "cert = \"" + folder.resolve("cert.pem") + "\", key = \"" + folder.resolve("key.pem") + "\"";
        String trusting = "tls { enabled = true, ca = \"" + folder.resolve("cert.pem") + "\" }";
        StringBuilder text = new StringBuilder("boxcar {\n  listeners {\n");
        listener(text, "redis", redis, "redis", "");
        listener(text, "http", http, "http", "");
        if (isAll) {
            listener(text, "redis", redisTls, "redis", tls);
            listener(text, "redis", redisToTls, "redis-tls", "");
            listener(text, "http", httpToH2, "http-h2", "");
            listener(text, "http", https, "http", tls);
            listener(text, "http", httpToHttps, "http-tls", "");
        }
        if (isReloaded) {
            listener(text, "redis", added, "redis", "");
        }
        text.append("  }\n  upstreams {\n");
        upstream(text, "redis", redisOrigin, "");
        upstream(text, "http", httpOrigin, "");
        if (isAll) {
            upstream(text, "redis-tls", redisTls, trusting);
            upstream(text, "http-h2", http, "http.mode = h2");
            upstream(text, "http-tls", https, trusting);
        }
        return text.append("  }\n}\n").toString();
    }

    private static void listener(StringBuilder text, String protocol, int port, String upstream, String tls) {
        text.append(String.format(
                Locale.ROOT,
                "    on-%d { protocol = %s, listen = \"127.0.0.1:%d\", upstream = %s, tls { %s } }%n",
                port,
                protocol,
                port,
                upstream,
                tls));
    }

    private static void upstream(StringBuilder text, String name, int port, String more) {
        text.append(String.format(
                Locale.ROOT, "    %s { endpoints = [\"localhost:%d\"], %s }%n", name, port, more));
    }

    private void awaitReady(Process boxcar) throws Exception {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (boxcar.isAlive() && System.nanoTime() < deadline) {
            try {
                if (ask("GET", "/ready") == 200) {
                    return;
                }
            } catch (IOException notYet) {
                // It listens there last of all.
            }
            Thread.sleep(20);
        }
        throw new IllegalStateException("Boxcar was not ready");
    }

    private int ask(String method, String path) throws Exception {
        try (HttpClient client = HttpClient.newHttpClient()) {
            HttpRequest request = HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + admin + path))
                    .method(method, HttpRequest.BodyPublishers.noBody())
                    .build();
            return client.send(request, HttpResponse.BodyHandlers.ofString()).statusCode();
        }
    }

    // ---- load ----

    private void drive() throws Exception {
        try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
            List<CompletableFuture<Void>> clients = new ArrayList<>();
            for (int i = 0; i < CLIENTS; i++) {
                int pipelined = i % 10 == 0 ? 16 : 1;
                clients.add(CompletableFuture.runAsync(unchecked(() -> redisRounds(plain(redis), ROUNDS, pipelined)), threads));
            }
            clients.add(CompletableFuture.runAsync(unchecked(this::statefulRedis), threads));
            CompletableFuture.allOf(clients.toArray(CompletableFuture[]::new)).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
        }
        httpLoad("http://localhost:" + http, HttpClient.Version.HTTP_1_1, HTTP_REQUESTS);
        if (!isAll) {
            return;
        }
        redisRounds(plain(redisToTls), TLS_ROUNDS, 1);
        redisRounds(tls().getSocketFactory().createSocket("localhost", redisTls), TLS_ROUNDS, 2);
        for (int port : new int[] {httpToH2, httpToHttps}) {
            httpLoad("http://localhost:" + port, HttpClient.Version.HTTP_1_1, HTTP_REQUESTS / 10);
        }
        httpLoad("https://localhost:" + https, HttpClient.Version.HTTP_1_1, HTTP_REQUESTS / 30);
        httpLoad("https://localhost:" + https, HttpClient.Version.HTTP_2, HTTP_REQUESTS / 10);
    }

    private static Socket plain(int port) throws IOException {
        return new Socket(InetAddress.getLoopbackAddress(), port);
    }

    private static void redisRounds(Socket to, int rounds, int pipelined) throws IOException {
        try (Socket socket = to) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            String value = "x".repeat(64);
            for (int i = 0; i < rounds; i++) {
                ByteArrayOutputStream batch = new ByteArrayOutputStream();
                for (int j = 0; j < pipelined; j++) {
                    batch.writeBytes(i % 2 == 0 ? command("SET", "key:" + i, value) : command("GET", "key:" + i));
                }
                if (i % 50 == 0) {
                    batch.writeBytes(command("MGET", "a", "b", "c"));
                }
                out.write(batch.toByteArray());
                int responses = pipelined + (i % 50 == 0 ? 1 : 0);
                for (int j = 0; j < responses; j++) {
                    skipReply(in);
                }
            }
        }
    }

    /** What is answered by Boxcar itself, needs a connection of its own, or is large. */
    private void statefulRedis() throws IOException {
        for (String version : List.of("2", "3")) {
            try (Socket socket = plain(redis)) {
                InputStream in = new BufferedInputStream(socket.getInputStream());
                OutputStream out = socket.getOutputStream();
                for (byte[] request : List.of(
                        command("HELLO", version),
                        command("CLIENT", "SETNAME", "training"),
                        "PING\r\n".getBytes(StandardCharsets.US_ASCII),
                        command("SET", "large", "x".repeat(200_000)),
                        command("GET", "large"),
                        command("DEL", "a", "b"),
                        command("INCR", "n"),
                        command("MULTI"),
                        command("SET", "a", "b"),
                        command("EXEC"),
                        command("NO-SUCH"),
                        command("BLPOP", "list", "1"))) {
                    out.write(request);
                    skipReply(in);
                }
            }
        }
    }

    private void httpLoad(String base, HttpClient.Version version, int requests) throws Exception {
        try (HttpClient client =
                HttpClient.newBuilder().version(version).sslContext(tls()).build()) {
            List<CompletableFuture<?>> outstanding = new ArrayList<>();
            for (int i = 0; i < requests; i++) {
                HttpRequest.Builder request = HttpRequest.newBuilder(URI.create(base + "/path?n=" + i))
                        .header("Accept", "text/plain")
                        .header("X-Request-Id", Integer.toString(i));
                if (i % 4 == 3) {
                    request.POST(
                            i % 8 == 3
                                    ? HttpRequest.BodyPublishers.ofString("y".repeat(i % 80 == 3 ? 100_000 : 100))
                                    : HttpRequest.BodyPublishers.ofInputStream(
                                            () -> new java.io.ByteArrayInputStream(new byte[3_000])));
                }
                outstanding.add(client.sendAsync(request.build(), HttpResponse.BodyHandlers.discarding()));
                if (outstanding.size() == CLIENTS || i == requests - 1) {
                    CompletableFuture.allOf(outstanding.toArray(CompletableFuture[]::new))
                            .get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                    outstanding.clear();
                }
            }
        }
    }

    // ---- origins ----

    private int serveRedis() throws IOException {
        ServerSocket server = new ServerSocket(0, 50, InetAddress.getLoopbackAddress());
        daemon(() -> {
            while (true) {
                Socket socket = server.accept();
                daemon(() -> serveRedis(socket));
            }
        });
        return server.getLocalPort();
    }

    private static void serveRedis(Socket socket) throws IOException {
        try (socket) {
            socket.setTcpNoDelay(true);
            InputStream in = new BufferedInputStream(socket.getInputStream());
            OutputStream out = socket.getOutputStream();
            ByteArrayOutputStream replies = new ByteArrayOutputStream();
            boolean inTransaction = false;
            while (true) {
                List<String> command = readCommand(in);
                String name = command.getFirst().toUpperCase(Locale.ROOT);
                inTransaction |= name.equals("MULTI");
                inTransaction &= !name.equals("EXEC");
                String reply = inTransaction && !name.equals("MULTI") ? "+QUEUED\r\n" : reply(name, command.size());
                replies.writeBytes(reply.getBytes(StandardCharsets.US_ASCII));
                if (in.available() == 0) {
                    out.write(replies.toByteArray());
                    replies.reset();
                }
            }
        } catch (EOFException end) {
            // The connection has been closed.
        }
    }

    private static String reply(String name, int arguments) {
        return switch (name) {
            case "PING" -> "+PONG\r\n";
            case "GET" -> "$64\r\n" + "v".repeat(64) + "\r\n";
            case "MGET" -> "*" + (arguments - 1) + "\r\n" + "$1\r\nv\r\n".repeat(arguments - 1);
            case "DEL", "INCR" -> ":1\r\n";
            case "EXEC" -> "*1\r\n+OK\r\n";
            case "BLPOP" -> "*-1\r\n";
            case "HELLO" -> "%3\r\n$6\r\nserver\r\n$5\r\nredis\r\n$7\r\nversion\r\n$5\r\n7.0.0\r\n$5\r\nproto\r\n:3\r\n";
            case "NO-SUCH" -> "-ERR unknown command 'NO-SUCH'\r\n";
            default -> "+OK\r\n";
        };
    }

    private static int serveHttp() throws IOException {
        HttpServer server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 50);
        byte[] body = "hello from the origin of the training run\n".getBytes(StandardCharsets.US_ASCII);
        server.createContext("/", exchange -> {
            exchange.getRequestBody().readAllBytes();
            exchange.getResponseHeaders().add("Content-Type", "text/plain");
            exchange.getResponseHeaders().add("Cache-Control", "no-store");
            boolean isChunked = exchange.getRequestURI().getQuery() != null
                    && exchange.getRequestURI().getQuery().endsWith("7");
            exchange.sendResponseHeaders(200, isChunked ? 0 : body.length);
            exchange.getResponseBody().write(body);
            exchange.close();
        });
        server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
        server.start();
        return server.getAddress().getPort();
    }

    // ---- RESP ----

    private static byte[] command(String... words) {
        StringBuilder text = new StringBuilder("*" + words.length + "\r\n");
        for (String word : words) {
            text.append('$').append(word.length()).append("\r\n").append(word).append("\r\n");
        }
        return text.toString().getBytes(StandardCharsets.US_ASCII);
    }

    private static List<String> readCommand(InputStream in) throws IOException {
        String line = readLine(in);
        if (!line.startsWith("*")) {
            return List.of(line.split(" "));
        }
        List<String> words = new ArrayList<>();
        for (int i = Integer.parseInt(line.substring(1)); i > 0; i--) {
            int length = Integer.parseInt(readLine(in).substring(1));
            words.add(new String(in.readNBytes(length), StandardCharsets.US_ASCII));
            in.skipNBytes(2);
        }
        return words;
    }

    private static void skipReply(InputStream in) throws IOException {
        String line = readLine(in);
        int number = "$*%>~".indexOf(line.charAt(0)) < 0 ? 0 : Integer.parseInt(line.substring(1));
        switch (line.charAt(0)) {
            case '$' -> in.skipNBytes(number < 0 ? 0 : number + 2);
            case '%' -> skipReplies(in, 2 * number);
            case '*', '>', '~' -> skipReplies(in, number);
            default -> {}
        }
    }

    private static void skipReplies(InputStream in, int count) throws IOException {
        for (int i = 0; i < count; i++) {
            skipReply(in);
        }
    }

    private static String readLine(InputStream in) throws IOException {
        StringBuilder line = new StringBuilder();
        for (int c = in.read(); c != '\r'; c = in.read()) {
            if (c < 0) {
                throw new EOFException();
            }
            line.append((char) c);
        }
        in.skipNBytes(1);
        return line.toString();
    }

    // ---- certificates ----

    /** A certificate for localhost that signs itself, made by the JDK's own tool. */
    private void certificate() throws Exception {
        Path store = folder.resolve("store.p12");
        Process keytool = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "keytool").toString(),
                        "-genkeypair", "-alias", "localhost", "-keyalg", "EC", "-groupname", "secp256r1",
                        "-dname", "CN=localhost", "-ext", "SAN=dns:localhost,ip:127.0.0.1", "-ext", "BC=ca:true",
                        "-validity", "2", "-storetype", "PKCS12", "-keystore", store.toString(),
                        "-storepass", new String(PASSWORD))
                .redirectErrorStream(true)
                .start();
        String output = new String(keytool.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        if (keytool.waitFor() != 0) {
            throw new IllegalStateException("keytool: " + output);
        }
        KeyStore keys = KeyStore.getInstance("PKCS12");
        try (InputStream in = new FileInputStream(store.toFile())) {
            keys.load(in, PASSWORD);
        }
        pem("cert.pem", "CERTIFICATE", keys.getCertificate("localhost").getEncoded());
        pem("key.pem", "PRIVATE KEY", keys.getKey("localhost", PASSWORD).getEncoded());
    }

    private void pem(String file, String kind, byte[] content) throws IOException {
        String base64 = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(content);
        Files.writeString(
                folder.resolve(file), "-----BEGIN " + kind + "-----\n" + base64 + "\n-----END " + kind + "-----\n");
    }

    private SSLContext tls() throws Exception {
        KeyStore trusted = KeyStore.getInstance("PKCS12");
        trusted.load(null, null);
        try (InputStream in = Files.newInputStream(folder.resolve("cert.pem"))) {
            trusted.setCertificateEntry(
                    "localhost", CertificateFactory.getInstance("X.509").generateCertificate(in));
        }
        TrustManagerFactory factory = TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
        factory.init(trusted);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(null, factory.getTrustManagers(), null);
        return context;
    }

    // ---- this and that ----

    private interface Task {
        void run() throws Exception;
    }

    private static Runnable unchecked(Task task) {
        return () -> {
            try {
                task.run();
            } catch (Exception e) {
                throw new IllegalStateException(e);
            }
        };
    }

    private static void daemon(Task task) {
        Thread.ofVirtual().start(() -> {
            try {
                task.run();
            } catch (Exception closed) {
                // Whoever waits for an answer tells.
            }
        });
    }

    private static int freePort() throws IOException {
        try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
            return probe.getLocalPort();
        }
    }

    private static void deleteAll(Path folder) throws IOException {
        try (var files = Files.list(folder)) {
            for (Path file : files.toList()) {
                Files.delete(file);
            }
        }
        Files.delete(folder);
    }
}
