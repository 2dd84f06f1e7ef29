-- Tables that stand before any tenant. They are few, and the catalogue test names each of them.
-- Everything in them is an id, a hash, a count or a time; what belongs to a workspace stands in 02.

CREATE TABLE installation (
    only_row       boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    environment_id uuid NOT NULL DEFAULT gen_random_uuid(),
    min_code       integer NOT NULL,              -- a process whose code version is below this refuses to start
    key_checks     jsonb NOT NULL DEFAULT '{}',    -- by key id: proves at start that a master key is the right one
    restored_at    timestamptz,                   -- set by a restore; publishing refuses until `restore-accept`
    place          text,                          -- the server and database that `migrate` found; a copy elsewhere refuses as well
    stopped_at     timestamptz                    -- the global stop
);

CREATE TABLE arrows (                             -- domain/post.py, drawn a second time
    source      text NOT NULL,
    event       text NOT NULL,
    target      text NOT NULL,
    worker_only boolean NOT NULL,
    PRIMARY KEY (source, event)
);

CREATE TABLE answers (                            -- domain/decision.py, drawn a second time
    state    text NOT NULL,
    decision text NOT NULL,
    event    text,
    PRIMARY KEY (state, decision)
);

CREATE TABLE inbox (                              -- one effect per delivery
    source      text NOT NULL,
    event_key   text NOT NULL,
    received_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (source, event_key)
);
CREATE INDEX inbox_received_at ON inbox (received_at);

CREATE TABLE chat_lookups (                       -- the workspace of a Slack team or a Telegram chat
    surface      text NOT NULL,
    ref          text NOT NULL,
    workspace_id uuid NOT NULL,
    PRIMARY KEY (surface, ref)
);

CREATE TABLE link_codes (                         -- one-time codes, kept as SHA-256
    code_hash    bytea PRIMARY KEY,
    purpose      text NOT NULL CHECK (purpose IN ('person', 'chat', 'connect', 'settings')),
    workspace_id uuid NOT NULL,
    member_id    uuid,
    detail       jsonb NOT NULL DEFAULT '{}',
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz
);

CREATE TABLE oauth_states (                       -- one-time states, kept as SHA-256; bound to person, workspace and platform
    state_hash   bytea PRIMARY KEY,
    purpose      text NOT NULL CHECK (purpose IN ('slack', 'platform')),
    workspace_id uuid,
    member_id    uuid,
    platform     text,
    browser_hash bytea,                           -- SHA-256 of the cookie of the browser that began
    code         bytea,                           -- the platform's answer, sealed, until the worker has exchanged it
    came_back_at timestamptz,
    result       text,                            -- null while under way; 'connected', or a sentence
    choices      jsonb,                           -- the accounts it connected, for the person to choose from
    chosen_at    timestamptz,                     -- when the person chose; without, all stay connected
    expires_at   timestamptz NOT NULL,
    used_at      timestamptz,
    lease_until  timestamptz
);
CREATE INDEX oauth_states_waiting ON oauth_states (came_back_at) WHERE code IS NOT NULL AND result IS NULL;

CREATE TABLE platform_identities (                -- one row a profile, however many workspaces connected it: the lock of its limits
    platform      text NOT NULL,
    remote_id     text NOT NULL,                  -- empty: our application there
    blocked_until timestamptz,                    -- the platform said itself that nothing more is taken until then
    PRIMARY KEY (platform, remote_id)
);

CREATE TABLE heartbeats (
    name    text PRIMARY KEY,
    beat_at timestamptz NOT NULL,
    detail  jsonb NOT NULL DEFAULT '{}'
);

CREATE TABLE alarms (                             -- what is wrong at this moment: told once, taken back when it is right again
    kind         text NOT NULL,
    workspace_id uuid NOT NULL,                   -- whose owner was told
    since        timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (kind, workspace_id)
);
