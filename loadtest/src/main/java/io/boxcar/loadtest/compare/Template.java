package io.boxcar.loadtest.compare;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;

/** A configuration file among the resources, with places such as <code>{{listen}}</code> to be filled in. */
record Template(String name) {

    /** The text with all places filled in. */
    String fill(Map<String, String> values) throws IOException {
        try (InputStream in = Template.class.getResourceAsStream(name)) {
            if (in == null) {
                throw new IOException("no resource " + name);
            }
            String text = new String(in.readAllBytes(), StandardCharsets.UTF_8);
            for (Map.Entry<String, String> value : values.entrySet()) {
                text = text.replace("{{" + value.getKey() + "}}", value.getValue());
            }
            if (text.contains("{{")) {
                throw new IOException("a place in " + name + " was not filled in");
            }
            return text;
        }
    }

    /** Writes {@code text} to a file of the template's name. */
    Path write(Path folder, String text) throws IOException {
        return Files.writeString(folder.resolve(name), text);
    }
}
