package io.boxcar.loadtest;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.apache.hc.client5.http.async.methods.SimpleHttpRequest;
import org.apache.hc.client5.http.async.methods.SimpleHttpResponse;
import org.apache.hc.client5.http.async.methods.SimpleRequestBuilder;
import org.apache.hc.client5.http.classic.methods.HttpPost;
import org.apache.hc.client5.http.config.RequestConfig;
import org.apache.hc.client5.http.config.TlsConfig;
import org.apache.hc.client5.http.impl.async.CloseableHttpAsyncClient;
import org.apache.hc.client5.http.impl.async.HttpAsyncClients;
import org.apache.hc.client5.http.impl.classic.CloseableHttpClient;
import org.apache.hc.client5.http.impl.classic.HttpClients;
import org.apache.hc.client5.http.impl.nio.PoolingAsyncClientConnectionManagerBuilder;
import org.apache.hc.core5.http.ContentType;
import org.apache.hc.core5.http.io.entity.EntityUtils;
import org.apache.hc.core5.http.io.entity.InputStreamEntity;
import org.apache.hc.core5.http.io.support.ClassicRequestBuilder;
import org.apache.hc.core5.http2.HttpVersionPolicy;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Apache HttpClient 5: the blocking one, and the asynchronous one in HTTP/1.1 and HTTP/2. */
@ExtendWith(NoLeaks.class)
class ApacheHttpClientTest {
    private static final int UPLOAD_BYTES = 5_000_000;
    private static final int CONCURRENT = 200;
    private static final long PATIENCE_SECONDS = 60;

    private static EachHttpMode each;

    @BeforeAll
    static void start() throws IOException {
        each = EachHttpMode.start();
    }

    @AfterAll
    static void stop() {
        each.close();
    }

    @ParameterizedTest
    @EnumSource
    void blockingGetsAndPosts(HttpVersionBehind upstream) throws Exception {
        try (CloseableHttpClient client = HttpClients.createDefault()) {
            for (int i = 0; i < 20; i++) {
                String path = "/echo?number=" + i;
                String got = client.execute(
                        ClassicRequestBuilder.get(each.url(upstream, path)).build(),
                        response -> EntityUtils.toString(response.getEntity()));
                assertTrue(got.startsWith("GET " + path + "\n"), got);
                String posted = client.execute(
                        ClassicRequestBuilder.post(each.url(upstream, path))
                                .setEntity("hello")
                                .build(),
                        response -> EntityUtils.toString(response.getEntity()));
                assertTrue(posted.startsWith("POST " + path + "\n") && posted.endsWith("\n\nhello"), posted);
            }
        }
    }

    @ParameterizedTest
    @EnumSource
    void blockingUploadsInChunksAfter100Continue(HttpVersionBehind upstream) throws Exception {
        byte[] sent = new byte[UPLOAD_BYTES];
        new Random(1).nextBytes(sent);
        try (CloseableHttpClient client = HttpClients.createDefault()) {
            HttpPost post = new HttpPost(each.url(upstream, "/echo"));
            post.setConfig(RequestConfig.custom().setExpectContinueEnabled(true).build());
            post.setEntity(
                    new InputStreamEntity(new ByteArrayInputStream(sent), -1, ContentType.APPLICATION_OCTET_STREAM));
            byte[] all = client.execute(post, response -> EntityUtils.toByteArray(response.getEntity()));
            assertEquals(-1, Arrays.mismatch(all, all.length - sent.length, all.length, sent, 0, sent.length));
        }
    }

    @ParameterizedTest
    @CsvSource({"FORCE_HTTP_1, HTTP_1", "FORCE_HTTP_1, HTTP_2", "FORCE_HTTP_2, HTTP_1", "FORCE_HTTP_2, HTTP_2"})
    void asynchronousManyAtOnceGetTheirOwnAnswers(HttpVersionPolicy policy, HttpVersionBehind upstream)
            throws Exception {
        var connections = PoolingAsyncClientConnectionManagerBuilder.create()
                .setMaxConnPerRoute(CONCURRENT)
                .setMaxConnTotal(CONCURRENT)
                .setDefaultTlsConfig(TlsConfig.custom().setVersionPolicy(policy).build())
                .build();
        try (CloseableHttpAsyncClient client =
                HttpAsyncClients.custom().setConnectionManager(connections).build()) {
            client.start();
            List<Future<SimpleHttpResponse>> all = new ArrayList<>();
            for (int i = 0; i < CONCURRENT; i++) {
                String url = each.url(upstream, "/echo?number=" + i);
                SimpleHttpRequest request = i % 3 == 0
                        ? SimpleRequestBuilder.post(url)
                                .setBody("body " + i, ContentType.TEXT_PLAIN)
                                .build()
                        : SimpleRequestBuilder.get(url).build();
                all.add(client.execute(request, null));
            }
            for (int i = 0; i < CONCURRENT; i++) {
                SimpleHttpResponse response = all.get(i).get(PATIENCE_SECONDS, TimeUnit.SECONDS);
                String body = response.getBodyText();
                String method = i % 3 == 0 ? "POST" : "GET";
                assertTrue(body.startsWith(method + " /echo?number=" + i + "\n"), body);
                assertTrue(i % 3 != 0 || body.endsWith("\n\nbody " + i), body);
            }
        }
    }
}
