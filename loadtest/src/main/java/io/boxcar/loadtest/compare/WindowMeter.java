package io.boxcar.loadtest.compare;

import io.boxcar.loadtest.LoadResult;
import io.boxcar.loadtest.LoadWatcher;
import io.boxcar.loadtest.Progress;
import java.io.IOException;
import java.util.Map;

/**
 * Reads the meters at both ends of a window. No request is made meanwhile: it runs on the thread that makes them, and what
 * takes long is read on the outer side of the CPU times. Owned by that thread.
 */
final class WindowMeter implements LoadWatcher {
    private final Contender contender;
    private final Processes proxy;
    private final Processes server;
    private final int serverPort;
    private final Progress progress;

    private UpstreamSockets sockets;
    private Contender.Batches batches = new Contender.Batches(0, 0);
    private double proxyCpuNs;
    private double serverCpuNs;
    private UpstreamSockets.Traffic traffic = new UpstreamSockets.Traffic(Double.NaN, Double.NaN);
    private double residentBytes;

    WindowMeter(Contender contender, UpstreamServer server, Progress progress) {
        this.contender = contender;
        this.proxy = contender.processes();
        this.server = server.processes();
        this.serverPort = server.address().port();
        this.progress = progress;
        this.sockets = new UpstreamSockets(Map.of());
    }

    @Override
    public void windowOpened() throws IOException {
        sockets = UpstreamSockets.read(serverPort);
        batches = contender.batches();
        serverCpuNs = server.cpuNs();
        proxyCpuNs = proxy.cpuNs();
    }

    @Override
    public void windowClosed() throws IOException {
        proxyCpuNs = proxy.cpuNs() - proxyCpuNs;
        serverCpuNs = server.cpuNs() - serverCpuNs;
        Contender.Batches now = contender.batches();
        batches = new Contender.Batches(now.departures() - batches.departures(), now.requests() - batches.requests());
        traffic = UpstreamSockets.read(serverPort).since(sockets);
        residentBytes = proxy.residentBytes();
    }

    @Override
    public void progress(long responses) {
        progress.responses(responses, System.nanoTime());
    }

    /** What was read, with what the load saw. */
    Window window(LoadResult load) {
        return new Window(
                load,
                proxyCpuNs,
                serverCpuNs,
                traffic.packets(),
                batches.departures(),
                batches.requests(),
                traffic.connections(),
                residentBytes);
    }
}
