package io.boxcar.loadtest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * Requests whose end two parsers might see in different places, made systematically: every spelling of the framing fields with
 * every pairing of them, every line end, every malformed chunk. Many are of the families that public collections of smuggling
 * attacks are made of. Bytes are chars of the same number; {@link #ID} in them stands for the case.
 */
final class SmugglingMutations {
    /** To be replaced by as many characters. */
    static final String ID = "000000";

    /** What an attacker would like to be taken for somebody's request. */
    private static final String SMUGGLED = "GET /smuggled/" + ID + "?token=A HTTP/1.1\r\nHost: a\r\nX: ";

    private static final String SMUGGLED_WHOLE = SMUGGLED + "y\r\n\r\n";
    private static final String LAST_CHUNK = "0\r\n\r\n";
    private static final String HOST = "Host: a\r\n";

    private static final int[] STRANGE = {
        0x00, 0x01, 0x08, 0x09, 0x0b, 0x0c, 0x0d, 0x1f, 0x20, 0x22, 0x27, 0x2c, 0x3b, 0x5c, 0x5f, 0x7f, 0x80, 0x85,
        0xa0, 0xff
    };

    private final Map<String, String> all = new LinkedHashMap<>();

    private SmugglingMutations() {}

    /** Bytes by a name that says what is wrong with them. */
    static Map<String, String> all() {
        SmugglingMutations mutations = new SmugglingMutations();
        mutations.transferEncodings();
        mutations.contentLengths();
        mutations.strangeCharacters();
        mutations.lineEnds();
        mutations.chunkLines();
        mutations.chunkEnds();
        mutations.trailers();
        mutations.requestLines();
        mutations.hosts();
        mutations.connections();
        mutations.bodiesAndExpectations();
        return mutations.all;
    }

    private void add(String family, String what, String bytes) {
        all.put(family + ": " + visible(what), bytes);
    }

    static String visible(String bytes) {
        StringBuilder text = new StringBuilder();
        for (char c : bytes.toCharArray()) {
            switch (c) {
                case '\r' -> text.append("\\r");
                case '\n' -> text.append("\\n");
                case '\t' -> text.append("\\t");
                default -> text.append(c >= ' ' && c < 0x7f ? String.valueOf(c) : String.format("\\x%02x", (int) c));
            }
        }
        return text.toString();
    }

    private static String post(String fields, String body) {
        return "POST /post/" + ID + "?token=A HTTP/1.1\r\n" + HOST + fields + "\r\n" + body;
    }

    private static String chunk(String data) {
        return Integer.toHexString(data.length()) + "\r\n" + data + "\r\n";
    }

    // ---- Transfer-Encoding, alone and with Content-Length before and behind it ----

    private void transferEncodings() {
        List<String> lines = new ArrayList<>();
        for (String name : List.of(
                "Transfer-Encoding",
                "transfer-encoding",
                "TRANSFER-ENCODING",
                "tRANSFER-eNCODING",
                "Transfer_Encoding",
                "Transfer Encoding",
                "TransferEncoding",
                "Transfer--Encoding",
                "Transfer-Encodin",
                "Transfer-Encodings",
                "Transfer-\r\n Encoding",
                "X-Transfer-Encoding",
                "HTTP_TRANSFER_ENCODING",
                "TE")) {
            lines.add(name + ": chunked");
        }
        for (String separator : List.of(
                ":", ":  ", ":\t", " :", " : ", "\t:", "\t:\t", "::", ": :", "=", " ", ":\r\n ", ":\n ", ":\r ")) {
            lines.add("Transfer-Encoding" + separator + "chunked");
        }
        for (String value : List.of(
                "Chunked",
                "CHUNKED",
                "cHuNkEd",
                "chunKed",
                "chun\u00e7ed",
                "xchunked",
                "chunkedx",
                "x chunked",
                "chunked x",
                "identity",
                "Identity, chunked",
                "identity, chunked",
                "chunked, identity",
                "chunked, chunked",
                "chunked,chunked",
                "chunked,",
                ",chunked",
                ", chunked ,",
                ",",
                "",
                "\"chunked\"",
                "'chunked'",
                "(chunked)",
                "chunked;q=1",
                "chunked; q=0",
                "chunked;",
                "chunked ;x",
                "gzip, chunked",
                "chunked, gzip",
                "gzip",
                "deflate",
                "compress",
                "br, chunked",
                "cow",
                "cow, chunked",
                "chunked, cow",
                "trailers",
                "none",
                "null",
                "chun ked",
                "chunked\0",
                "chunk",
                "%63hunked",
                "\\chunked",
                "chunked\\",
                "chunked=",
                "chunked;ext=\"a\"",
                "identity;chunked")) {
            lines.add("Transfer-Encoding: " + value);
        }
        for (String pair : List.of(
                "Transfer-Encoding: chunked|Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked|Transfer-Encoding: identity",
                "Transfer-Encoding: identity|Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked|Transfer-Encoding: cow",
                "Transfer-Encoding: cow|Transfer-Encoding: chunked",
                "Transfer-Encoding: gzip|Transfer-Encoding: chunked",
                "Transfer-Encoding: |Transfer-Encoding: chunked",
                "Transfer-Encoding: chunked|Transfer-encoding: x",
                "Transfer-Encoding: chunked|Transfer_Encoding: identity",
                "Transfer-Encoding:| chunked",
                "Transfer-Encoding:|\tchunked",
                "Transfer-Encoding: x| chunked",
                "Transfer-Encoding: chunked| , identity",
                "Foo: bar| Transfer-Encoding: chunked",
                "Foo: bar|\tTransfer-Encoding: chunked",
                " Transfer-Encoding: chunked|Foo: bar",
                "X: y\nTransfer-Encoding: chunked|Foo: bar",
                "X: y\rTransfer-Encoding: chunked|Foo: bar",
                "X: y\r\rTransfer-Encoding: chunked|Foo: bar",
                "X: y\0Transfer-Encoding: chunked|Foo: bar",
                "X: y\u000bTransfer-Encoding: chunked|Foo: bar",
                "X: y\u0085Transfer-Encoding: chunked|Foo: bar",
                ": x|Transfer-Encoding: chunked",
                "noColon|Transfer-Encoding: chunked",
                "Transfer-Encoding|: chunked",
                "Content-Encoding: chunked|TE: chunked",
                "Connection: Transfer-Encoding|Transfer-Encoding: chunked")) {
            lines.add(pair.replace("|", "\r\n"));
        }
        for (String line : lines) {
            add("TE", line, post(line + "\r\n", LAST_CHUNK));
            add("TE with a body", line, post(line + "\r\n", chunk(SMUGGLED_WHOLE) + LAST_CHUNK));
            String clTe = LAST_CHUNK + SMUGGLED;
            add("CL.TE", line, post("Content-Length: " + clTe.length() + "\r\n" + line + "\r\n", clTe));
            add("TE.CL", line, post(line + "\r\nContent-Length: 4\r\n", chunk(SMUGGLED_WHOLE) + LAST_CHUNK));
            add("TE.0", line, post(line + "\r\nContent-Length: 0\r\n", chunk(SMUGGLED_WHOLE) + LAST_CHUNK));
        }
    }

    // ---- Content-Length ----

    private void contentLengths() {
        int length = SMUGGLED_WHOLE.length();
        List<String> values = new ArrayList<>();
        for (String format : List.of(
                "%d",
                "+%d",
                "-%d",
                "0%d",
                "00000000000000000000000%d",
                " %d",
                "%d ",
                "\t%d\t",
                "%d.0",
                "%de0",
                "%d,",
                ",%d",
                "%d, %<d",
                "%d,%<d",
                "%d, 0",
                "0, %d",
                "%d 0",
                "0 %d",
                "\"%d\"",
                "'%d'",
                "%d;",
                "%d;x=y",
                "%dx",
                "x%d",
                "%d\0",
                "\0%d",
                "%d\u000b",
                "\u000b%d",
                "%d\u00a0",
                "\u00a0%d",
                "%d_0",
                "1_%d",
                "%d\r\n 0",
                "\r\n %d",
                "(%d)",
                "%%3%d",
                "#%d",
                "%d-0",
                "--%d",
                "+ %d",
                "%d\n",
                "%d\r",
                "0x%x",
                "%x",
                "0X%x",
                "%xh",
                "0o%o",
                "0%o",
                "0b%d",
                "%d/1",
                "[%d]")) {
            values.add(String.format(Locale.ROOT, format, length));
        }
        values.addAll(List.of(
                "",
                " ",
                "0",
                "-0",
                "+0",
                "00",
                "0.0",
                "-1",
                "99999999999999999999",
                "9223372036854775807",
                "9223372036854775808",
                "18446744073709551616",
                "18446744073709551615",
                "4294967296",
                "2147483648",
                "NaN",
                "Infinity",
                "null",
                "\u0661",
                "\uff11".substring(0, 0) + "\u00b9"));
        for (String value : values) {
            add("CL", value, post("Content-Length: " + value + "\r\n", SMUGGLED_WHOLE));
        }
        List<String> names = List.of(
                "content-length",
                "CONTENT-LENGTH",
                "cONTENT-lENGTH",
                "Content_Length",
                "Content Length",
                "ContentLength",
                "Content--Length",
                "Content-Length ",
                "Content-Length\t",
                " Content-Length",
                "\tContent-Length",
                "Content-Length\0",
                "Content-Length\u00a0",
                "\u00a0Content-Length",
                "X: y\r\n Content-Length",
                "X: y\nContent-Length",
                "X: y\rContent-Length",
                "Content-\r\n Length",
                "\"Content-Length\"",
                "Content-Length:",
                "HTTP_CONTENT_LENGTH",
                "X-Content-Length");
        for (String name : names) {
            add("CL name", name, post(name + ": " + length + "\r\n", SMUGGLED_WHOLE));
            add("CL name, then 0", name, post(name + ": " + length + "\r\nContent-Length: 0\r\n", SMUGGLED_WHOLE));
            add("CL 0, then name", name, post("Content-Length: 0\r\n" + name + ": " + length + "\r\n", SMUGGLED_WHOLE));
        }
        for (String pair : List.of("0|%d", "%d|0", "%d|%<d", "%d|", "|%d", "0|0", "%d|x", "x|%d", "%d|-1", "0|%d|0")) {
            String fields = String.format(Locale.ROOT, "Content-Length: " + pair, length)
                    .replace("|", "\r\nContent-Length: ");
            add("several CL", pair, post(fields + "\r\n", SMUGGLED_WHOLE));
            add("several CL, apart", pair, post(fields.replace("\r\n", "\r\nX: y\r\n") + "\r\n", SMUGGLED_WHOLE));
        }
        for (String method : List.of(
                "GET", "HEAD", "OPTIONS", "DELETE", "TRACE", "PUT", "PATCH", "FOO", "get", "Get", "G", "GETX")) {
            String line = method + " /cl/" + ID + "?token=A HTTP/1.1\r\n" + HOST;
            add("CL.0", method, line + "Content-Length: " + length + "\r\n\r\n" + SMUGGLED_WHOLE);
            add("0.CL", method, line + "Content-Length: 0\r\n\r\n" + SMUGGLED_WHOLE);
            add("no CL", method, line + "\r\n" + SMUGGLED_WHOLE);
            add("chunked", method, line + "Transfer-Encoding: chunked\r\n\r\n" + chunk(SMUGGLED_WHOLE) + LAST_CHUNK);
        }
    }

    // ---- one character too many, in every place of the fields that matter ----

    private void strangeCharacters() {
        String[][] fields = {
            {"Content-", "Length", "", "4", "2"},
            {"Transfer-", "Encoding", "", "chun", "ked"},
            {"Ho", "st", "", "a", "b"},
            {"Connec", "tion", "", "clo", "se"}
        };
        for (String[] field : fields) {
            for (int strange : STRANGE) {
                for (int place = 0; place <= 6; place++) {
                    String s = String.valueOf((char) strange);
                    String line = (place == 0 ? s : "") + field[0] + (place == 1 ? s : "") + field[1]
                            + (place == 2 ? s : "") + ":" + (place == 3 ? s : "") + " " + field[3]
                            + (place == 4 ? s : "") + field[4] + (place == 5 ? s : "") + "\r\n";
                    String name = String.format("%s%s 0x%02x at %d", field[0], field[1], strange, place);
                    String body = field[1].equals("Length") ? SMUGGLED_WHOLE : chunk(SMUGGLED_WHOLE) + LAST_CHUNK;
                    add(
                            "strange character",
                            name,
                            field[0].equals("Ho")
                                    ? "POST /p/" + ID + " HTTP/1.1\r\n" + line + "\r\n"
                                    : post(line, body));
                }
            }
        }
    }

    // ---- line ends ----

    private void lineEnds() {
        Map<String, String> messages = Map.of(
                "CL", post("X: y\r\nContent-Length: " + SMUGGLED_WHOLE.length() + "\r\n", SMUGGLED_WHOLE),
                "chunked",
                        post(
                                "X: y\r\nTransfer-Encoding: chunked\r\n",
                                chunk("abc") + chunk(SMUGGLED_WHOLE) + "0\r\nT: u\r\n\r\n"),
                "none", "GET /plain/" + ID + " HTTP/1.1\r\nHost: a\r\nX: y\r\n\r\n");
        messages.forEach((kind, message) -> {
            int position = 0;
            for (int at = message.indexOf("\r\n"); at >= 0; at = message.indexOf("\r\n", at + 1)) {
                for (String end : List.of(
                        "\n",
                        "\r",
                        "\r\r\n",
                        "\n\r",
                        "\r\n\n",
                        "\r\n\r",
                        "\r \n",
                        "\r\0\n",
                        " \r\n",
                        "\t\r\n",
                        "\u000b\r\n",
                        "\u0085",
                        "\\r\\n",
                        "",
                        "\r\n ",
                        "\r\n\t",
                        "\0\r\n")) {
                    add(
                            "line end " + position + " of " + kind,
                            end,
                            message.substring(0, at) + end + message.substring(at + 2));
                }
                position++;
            }
            for (String before : List.of(
                    "\r\n",
                    "\n",
                    "\r",
                    "\r\n\r\n",
                    " ",
                    "\t",
                    "\0",
                    "\r\n ",
                    " \r\n",
                    "\u00ef\u00bb\u00bf",
                    "\r\n\r\n\r\n",
                    "x\r\n")) {
                add("before " + kind, before, before + message);
            }
        });
    }

    // ---- chunks ----

    private void chunkLines() {
        int length = SMUGGLED_WHOLE.length();
        String hex = Integer.toHexString(length);
        List<String> sizes = new ArrayList<>(List.of(
                "0x" + hex,
                "0X" + hex,
                "+" + hex,
                "-" + hex,
                "0" + hex,
                "000000000000000000000" + hex,
                hex.toUpperCase(Locale.ROOT),
                " " + hex,
                "\t" + hex,
                hex + " ",
                hex + "\t",
                hex + "  ",
                hex + "\0",
                hex + "\u000b",
                hex + "\u00a0",
                hex + "_",
                "1_" + hex,
                hex + ".",
                hex + "h",
                hex + "g",
                "x" + hex,
                "",
                " ",
                "\"" + hex + "\"",
                hex + ",",
                hex + ", 0",
                hex + " 0",
                hex + ":",
                hex + "=",
                hex + "-",
                "-1",
                "-0",
                "+0",
                "0x0",
                "ffffffffffffffff",
                "8000000000000000",
                "7fffffffffffffff",
                "10000000000000000",
                "1000000000000000" + hex,
                "100000000" + hex,
                "80000000",
                "ffffffff",
                "fffffffffffffffffffffffff",
                hex + "\r",
                hex + "\n",
                hex + "\r\r",
                "\r\n" + hex,
                "\n" + hex,
                "(" + hex + ")",
                "%" + hex,
                "\u0660"));
        for (String ext : List.of(
                ";",
                ";;",
                "; ",
                ";a",
                ";a=b",
                ";a=\"b\"",
                "; a=b",
                ";a =b",
                ";a= b",
                ";a = b",
                ";a;b",
                ";a=b;c=d",
                ";a=\"b;c\"",
                ";a=\"\\\"\"",
                ";a=\"b",
                ";a=b\"",
                ";a=",
                ";=b",
                " ;a",
                "\t;a",
                ";a ",
                ";a=b ",
                ";\t",
                ";a\0",
                ";a=\0",
                ";a=\"\0\"",
                ";a=\n",
                ";a=\"\n\"",
                ";a=\r",
                ";a=\"\r\"",
                ";a=\"\r\n\"",
                ";\r\n",
                ";a\nb",
                ";a\rb",
                ";\n",
                ";a=b\n" + hex,
                ";x=\r\n" + hex,
                ";\u00ff",
                ";a=\u00ff",
                ";a=\"\u00ff\"",
                ";a=b=c",
                ";a,b",
                ";a b",
                ";a=(b)",
                ";a='b c'",
                ";\"a\"",
                ";a=\"b\"c",
                ";a=\"b\" ;c",
                ";" + "a".repeat(200),
                ";a=\"\\\n\"",
                ";a=\"\\\r\n\"")) {
            sizes.add(hex + ext);
        }
        for (String size : sizes) {
            String fields = "Transfer-Encoding: chunked\r\n";
            add("chunk size", size, post(fields, size + "\r\n" + SMUGGLED_WHOLE + "\r\n" + LAST_CHUNK));
            add(
                    "second chunk size",
                    size,
                    post(fields, "3\r\nabc\r\n" + size + "\r\n" + SMUGGLED_WHOLE + "\r\n" + LAST_CHUNK));
            String last = size.replace(hex, "0");
            add("last chunk size", last, post(fields, "3\r\nabc\r\n" + last + "\r\n\r\n" + SMUGGLED_WHOLE));
        }
    }

    private void chunkEnds() {
        String fields = "Transfer-Encoding: chunked\r\n";
        String size = Integer.toHexString(SMUGGLED_WHOLE.length()) + "\r\n";
        for (String end : List.of(
                "",
                "\n",
                "\r",
                "\r\r\n",
                "\n\n",
                "xx",
                "x\r\n",
                " \r\n",
                "\r\n\r\n",
                "\0\0",
                "\n\r",
                "\r\nx",
                "\u0085",
                "00",
                "\r\n ",
                "\r\n;")) {
            add("chunk end", end, post(fields, size + SMUGGLED_WHOLE + end + LAST_CHUNK));
        }
        for (String last : List.of(
                "0\r\n",
                "0",
                "",
                "0\n\n",
                "0\n\r\n",
                "0\r\n\n",
                "0\r\r",
                "0\r\n\r",
                "0\r\nx\r\n\r\n",
                "0\r\n \r\n\r\n",
                "00\r\n\r\n",
                "0000000000\r\n\r\n",
                "0;a\r\n\r\n",
                "0 \r\n\r\n",
                "\r\n0\r\n\r\n",
                "0\r\n\r\n\r\n",
                "0\r\n\r\n0\r\n\r\n",
                "0\r\n0\r\n\r\n",
                "0\r\nGET /smuggled/" + ID + " HTTP/1.1\r\nHost: a\r\n\r\n",
                "0\r\n\r\nX",
                "1\r\n\r\n0\r\n\r\n",
                "2\r\n\r\n\r\n0\r\n\r\n",
                "3\r\nabcd\r\n0\r\n\r\n",
                "4\r\nabc\r\n0\r\n\r\n")) {
            add("last chunk", last, post(fields, size + SMUGGLED_WHOLE + "\r\n" + last));
        }
    }

    private void trailers() {
        for (String trailer : List.of(
                "X-T: v",
                "Content-Length: 5",
                "Content-Length: 0",
                "Transfer-Encoding: chunked",
                "Transfer-Encoding: identity",
                "Host: evil",
                "Connection: close",
                "Connection: keep-alive",
                "Authorization: b",
                "Trailer: x",
                "TE: trailers",
                "Upgrade: h2c",
                "Expect: 100-continue",
                "Cookie: a=b",
                "Max-Forwards: 0",
                "Via: 1.1 x",
                "X-Forwarded-For: 1.2.3.4",
                "content_length: 5",
                "Transfer_Encoding: chunked",
                "X-T : v",
                " X-T: v",
                "\tX-T: v",
                "X-T",
                ": v",
                "X-T: v\r\n w",
                "X-T: v\nContent-Length: 5",
                "X-T: v\rContent-Length: 5",
                "X-T: \0",
                "X-T: v\r\nX-T: w",
                "X T: v",
                "X-T:v",
                "X-T:",
                "GET / HTTP/1.1",
                "GET /smuggled/" + ID + " HTTP/1.1\r\nHost: a",
                "X-T: v\n",
                "X-T: v\r",
                "\"X\": v",
                "X-T: \u00ff")) {
            add("trailer", trailer, post("Transfer-Encoding: chunked\r\n", "3\r\nabc\r\n0\r\n" + trailer + "\r\n\r\n"));
            add(
                    "announced trailer",
                    trailer,
                    post(
                            "TE: trailers\r\nTrailer: x-t\r\nTransfer-Encoding: chunked\r\n",
                            "0\r\n" + trailer + "\r\n\r\n"));
        }
    }

    // ---- request lines ----

    private void requestLines() {
        String path = "/line/" + ID;
        for (String line : List.of(
                "GET  " + path + " HTTP/1.1",
                "GET " + path + "  HTTP/1.1",
                "GET\t" + path + " HTTP/1.1",
                "GET " + path + "\tHTTP/1.1",
                " GET " + path + " HTTP/1.1",
                "\tGET " + path + " HTTP/1.1",
                "GET " + path + " HTTP/1.1 ",
                "GET " + path + " HTTP/1.1\t",
                "GET " + path + " HTTP/1.1x",
                "GET " + path,
                "GET " + path + " ",
                "GET " + path + " HTTP",
                "GET " + path + " HTTP/",
                "GET " + path + " HTTP/1",
                "GET " + path + " HTTP/1.",
                "GET " + path + " HTTP/1.2",
                "GET " + path + " HTTP/1.9",
                "GET " + path + " HTTP/0.9",
                "GET " + path + " HTTP/2.0",
                "GET " + path + " HTTP/3.0",
                "GET " + path + " HTTP/11",
                "GET " + path + " HTTP/1.11",
                "GET " + path + " HTTP/01.1",
                "GET " + path + " HTTP/1.01",
                "GET " + path + " http/1.1",
                "GET " + path + " Http/1.1",
                "GET " + path + " HTTP/1.0",
                "GET " + path + " HTTP/1,1",
                "GET " + path + " HTTP /1.1",
                "GET " + path + " HTTPS/1.1",
                "GET " + path + " ICY/1.1",
                "GET " + path + " HTTP/1.1\0",
                "GET " + path + " HTTP/-1.1",
                "GET " + path + " HTTP/1.1 HTTP/1.1",
                "GET " + path + " " + path + " HTTP/1.1",
                "GET" + path + " HTTP/1.1",
                path + " HTTP/1.1",
                "GET HTTP/1.1",
                "GET  HTTP/1.1",
                "GET",
                "",
                " ",
                "GET\0 " + path + " HTTP/1.1",
                "G\u00cbT " + path + " HTTP/1.1",
                "GET\u000b" + path + " HTTP/1.1",
                "GET\u000c" + path + " HTTP/1.1",
                "GET\u00a0" + path + " HTTP/1.1",
                "GET\r" + path + " HTTP/1.1",
                "GET " + path + "\rHTTP/1.1",
                "GET " + path + "#x HTTP/1.1",
                "GET " + path + "\\x HTTP/1.1",
                "GET " + path + "\u00ff HTTP/1.1",
                "GET " + path + "\0 HTTP/1.1",
                "GET " + path + "\t HTTP/1.1",
                "GET " + path + "%zz HTTP/1.1",
                "GET " + path + "% HTTP/1.1",
                "GET " + path + "%00 HTTP/1.1",
                "GET " + path + "%0d%0a HTTP/1.1",
                "GET " + path + "%20HTTP/1.1%0d%0aX:%20y HTTP/1.1",
                "GET " + path + "\" HTTP/1.1",
                "GET " + path + "<x> HTTP/1.1",
                "GET " + path + "{x} HTTP/1.1",
                "GET " + path + "|x HTTP/1.1",
                "GET " + path + "^x HTTP/1.1",
                "GET " + path + "`x HTTP/1.1",
                "GET " + path + "?a=[b] HTTP/1.1",
                "GET " + path + "/../x HTTP/1.1",
                "GET " + path + "/%2e%2e/x HTTP/1.1",
                "GET " + path + ";a=b HTTP/1.1",
                "GET //evil" + path + " HTTP/1.1",
                "GET /" + " ".repeat(3) + path + " HTTP/1.1",
                "GET line/" + ID + " HTTP/1.1",
                "GET ?" + ID + " HTTP/1.1",
                "GET * HTTP/1.1",
                "OPTIONS * HTTP/1.1",
                "OPTIONS *" + path + " HTTP/1.1",
                "POST * HTTP/1.1",
                "CONNECT a:80 HTTP/1.1",
                "CONNECT " + path + " HTTP/1.1",
                "CONNECT a HTTP/1.1",
                "CONNECT http://a/ HTTP/1.1",
                "CONNECT * HTTP/1.1",
                "GET a:80 HTTP/1.1",
                "GET a HTTP/1.1",
                "GET /" + ID + "\r\n HTTP/1.1",
                "GET " + path + " HTTP/1.1\r\n",
                "G=T " + path + " HTTP/1.1",
                "G\"T " + path + " HTTP/1.1",
                "G(T " + path + " HTTP/1.1",
                "GET: " + path + " HTTP/1.1",
                "!#$%&'*+-.^_`|~ " + path + " HTTP/1.1",
                "get " + path + " HTTP/1.1",
                "GeT " + path + " HTTP/1.1",
                "GETT " + path + " HTTP/1.1",
                "PURGE " + path + " HTTP/1.1",
                "PRI " + path + " HTTP/1.1",
                "PRI * HTTP/1.1",
                "QUERY " + path + " HTTP/1.1",
                "_GET " + path + " HTTP/1.1",
                "0 " + path + " HTTP/1.1",
                "GET,POST " + path + " HTTP/1.1")) {
            add("request line", line, line + "\r\n" + HOST + "\r\n");
            add(
                    "request line, with a body",
                    line,
                    line + "\r\n" + HOST + "Content-Length: " + SMUGGLED_WHOLE.length() + "\r\n\r\n" + SMUGGLED_WHOLE);
        }
        for (String uri : List.of(
                "http://a",
                "http://b",
                "http://a:80",
                "http://b:8080",
                "HTTP://a",
                "https://a",
                "ftp://a",
                "http:/a",
                "http:///x",
                "http://",
                "http://u@a",
                "http://u:p@a",
                "http://a@b",
                "http://[::1]",
                "http://[::1]:80",
                "http://[::1",
                "http://a:99999",
                "http://a:x",
                "http://a:",
                "http://:80",
                "http://a b",
                "http://a%zz",
                "http://a%41",
                "http://a\\",
                "//a",
                "a://b",
                "ws://a",
                "http//a",
                "http:a",
                "http://a\t",
                "http://a?q",
                "http://a#f")) {
            for (String method : List.of("GET", "OPTIONS")) {
                add(
                        "absolute-form",
                        method + " " + uri,
                        method + " " + uri + "/abs/" + ID + " HTTP/1.1\r\n" + HOST + "\r\n");
                add(
                        "absolute-form without a path",
                        method + " " + uri,
                        method + " " + uri + " HTTP/1.1\r\nHost: " + ID + "\r\n\r\n");
            }
            add("absolute-form in 1.0", uri, "GET " + uri + "/abs/" + ID + " HTTP/1.0\r\n\r\n");
        }
    }

    private void hosts() {
        String line = "GET /host/" + ID + " HTTP/1.1\r\n";
        for (String fields : List.of(
                "",
                "Host: a|Host: a",
                "Host: a|Host: b",
                "Host: a|host: b",
                "Host:",
                "Host: ",
                "Host: a,b",
                "Host: a, b",
                "Host: a b",
                "Host: a:80",
                "Host: a:",
                "Host: a:x",
                "Host: a:99999",
                "Host: a:080",
                "Host: :80",
                "Host: a:80:80",
                "Host: [::1]",
                "Host: [::1]:80",
                "Host: [::1",
                "Host: ::1",
                "Host: []",
                "Host: u@a",
                "Host: http://a",
                "Host: a/",
                "Host: a/b",
                "Host: a?b",
                "Host: a#b",
                "Host: a\\b",
                "Host: a%41",
                "Host: a%zz",
                "Host: a%00",
                "Host: \"a\"",
                "Host: <a>",
                "Host: a\u00e9",
                "Host: a\0",
                "Host: a\tb",
                "Host : a",
                "Host\t: a",
                " Host: a",
                "Host a",
                "Host: a| b",
                "Host: a| , b",
                "X: y| Host: a",
                "H\u00f6st: a",
                "Host: a|X-Forwarded-Host: b",
                "Host: a|Content-Length: 0",
                "Host: a|Host:",
                "Host:|Host: a",
                "X-Host: a",
                "Hos: a",
                "Hosts: a",
                "_Host: a",
                "Host_: a",
                "Host: .",
                "Host: ..",
                "Host: -",
                "Host: *",
                "Host: _",
                "Host: a_b",
                "Host: xn--a",
                "Host: " + "a".repeat(300),
                "Host: 127.1",
                "Host: 1",
                "Host: 0x7f.1",
                "Host: a|Host: a|Host: a")) {
            add("host", fields, line + (fields.isEmpty() ? "" : fields.replace("|", "\r\n") + "\r\n") + "\r\n");
            add(
                    "host in 1.0",
                    fields,
                    line.replace("1.1", "1.0") + (fields.isEmpty() ? "" : fields.replace("|", "\r\n") + "\r\n")
                            + "Connection: keep-alive\r\n\r\n");
        }
    }

    private void connections() {
        String cl = "Content-Length: " + SMUGGLED_WHOLE.length() + "\r\n";
        for (String value : List.of(
                "Content-Length",
                "content-length, close",
                "Transfer-Encoding",
                "Host",
                "host, keep-alive",
                "Authorization",
                "Cookie",
                "X-Forwarded-For",
                "X-Custom",
                "x-custom, close",
                "close",
                "Close",
                "close, keep-alive",
                "keep-alive",
                "keep-alive, close",
                "",
                ",",
                ",,close",
                "close,",
                "close;",
                "\"close\"",
                "close x",
                "clo\r\n se",
                "x close",
                "Connection",
                "Expect",
                "Via",
                "TE",
                "Trailer",
                "Upgrade",
                "upgrade, close",
                "HTTP2-Settings",
                "Keep-Alive",
                "Proxy-Connection",
                "Content-Length\0",
                "content_length",
                "Transfer-Encoding, X-Custom",
                "*",
                "a=b",
                "close\t",
                "\tclose",
                "@",
                "X-Custom, X-Custom",
                "Host: x")) {
            String connection = "Connection: " + value + "\r\nX-Custom: c\r\n";
            add("connection", value, post(connection + cl, SMUGGLED_WHOLE));
            add(
                    "connection, chunked",
                    value,
                    post(connection + "Transfer-Encoding: chunked\r\n", chunk(SMUGGLED_WHOLE) + LAST_CHUNK));
            add(
                    "connection in 1.0",
                    value,
                    post(connection + cl, SMUGGLED_WHOLE).replaceFirst("HTTP/1.1", "HTTP/1.0"));
            add("proxy-connection", value, post("Proxy-" + connection + cl, SMUGGLED_WHOLE));
        }
        for (String te : List.of("chunked", "identity", "chunked, identity", "x")) {
            for (String fields : List.of("", cl, "Connection: keep-alive\r\n", "Connection: close\r\n")) {
                String message = post("Transfer-Encoding: " + te + "\r\n" + fields, chunk(SMUGGLED_WHOLE) + LAST_CHUNK);
                add("TE in 1.0", te + " " + fields, message.replaceFirst("HTTP/1.1", "HTTP/1.0"));
            }
        }
    }

    private void bodiesAndExpectations() {
        String cl = "Content-Length: " + SMUGGLED_WHOLE.length() + "\r\n";
        String te = "Transfer-Encoding: chunked\r\n";
        for (String field : List.of(
                "Expect: 100-continue",
                "Expect: 100-Continue",
                "Expect: 100-continue, x",
                "Expect: x",
                "Expect:",
                "Expect: 100-continu",
                "Expect: 100",
                "Expect: 100-continue\r\nExpect: 100-continue",
                "Expect: y 100-continue",
                "Expect : 100-continue",
                "Expect: \"100-continue\"",
                "Expect:100-continue",
                "Expect:\r\n 100-continue",
                "expect: 100-continue;x",
                "Connection: expect\r\nExpect: 100-continue",
                "Connection: Upgrade\r\nUpgrade: websocket",
                "Connection: Upgrade\r\nUpgrade: foo/1, bar",
                "Connection: upgrade\r\nUpgrade: h2c",
                "Connection: Upgrade, HTTP2-Settings\r\nUpgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__",
                "Upgrade: websocket",
                "Connection: Upgrade",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nUpgrade: x",
                "Connection: Upgrade\r\nUpgrade:",
                "Connection: Upgrade\r\nUpgrade: websocket\r\nExpect: 100-continue",
                "Max-Forwards: 0",
                "Max-Forwards: 1",
                "Max-Forwards: x",
                "Max-Forwards: -1",
                "Max-Forwards: 0\r\nMax-Forwards: 1",
                "Content-Type: multipart/byteranges; boundary=x",
                "Content-Encoding: chunked",
                "Content-Range: bytes 0-1/2",
                "X-HTTP-Method-Override: GET",
                "X-Original-URL: /x",
                "Keep-Alive: timeout=1",
                "Trailer: Content-Length")) {
            for (String method : List.of("POST", "GET", "HEAD", "OPTIONS", "TRACE", "PUT")) {
                String line = method + " /body/" + ID + "?token=A HTTP/1.1\r\n" + HOST + field + "\r\n";
                add(method + " without a body", field, line + "\r\n");
                add(method + " with a body", field, line + cl + "\r\n" + SMUGGLED_WHOLE);
                add(method + " with a chunked body", field, line + te + "\r\n" + chunk(SMUGGLED_WHOLE) + LAST_CHUNK);
            }
            add("in 1.0", field, post(field + "\r\n" + cl, SMUGGLED_WHOLE).replaceFirst("HTTP/1.1", "HTTP/1.0"));
        }
    }
}
