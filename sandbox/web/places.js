// The Slack channels that the page knows, for menus that choose one.

const channels = new Map();

export const rememberChannels = (found) => found.forEach((one) => channels.set(one.id, one));
export const knownChannels = () => [...channels.values()].filter((one) => !one.im).map((one) => [one.id, `#${one.name}`]);
