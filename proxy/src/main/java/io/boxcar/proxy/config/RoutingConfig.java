package io.boxcar.proxy.config;

/**
 * Which of several nodes a request goes to.
 *
 * @param cluster whether the endpoints are seeds of a Redis Cluster, from which every node is found
 * @param distribution how keys are spread over the endpoints when they are not
 * @param split whether a command whose keys live on several nodes is split; the parts are not atomic together
 * @param readFrom where read-only commands of a cluster go
 */
public record RoutingConfig(boolean cluster, Distribution distribution, boolean split, ReadFrom readFrom) {}
