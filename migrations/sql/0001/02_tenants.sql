-- What belongs to a workspace. workspace_id leads every primary, foreign and unique key, so that a row cannot point into
-- another workspace, and so that the database can be sharded by it without changing a query.

CREATE TABLE workspaces (
    workspace_id uuid PRIMARY KEY,
    name         text NOT NULL,
    plan         text NOT NULL DEFAULT 'free' CHECK (plan IN ('free', 'pro', 'business', 'enterprise')),
    next_number  integer NOT NULL DEFAULT 1001,   -- the number that people say
    budgets      jsonb NOT NULL DEFAULT '{}',     -- by platform: US dollars that may be spent there in a calendar month (UTC)
    created_at   timestamptz NOT NULL DEFAULT now()
);

CREATE TABLE salts (                              -- destroying the row erases every secret of the workspace
    workspace_id uuid PRIMARY KEY REFERENCES workspaces ON DELETE CASCADE,
    salt         bytea NOT NULL CHECK (octet_length(salt) = 32)
);

CREATE TABLE secrets (                            -- sealed by storage/vault.py; no plaintext ever reaches the database
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    owner_table  text NOT NULL,
    owner_id     uuid NOT NULL,
    name         text NOT NULL,
    purpose      text NOT NULL CHECK (purpose IN ('chat', 'platform')),
    version      integer NOT NULL,
    key_id       text NOT NULL,
    sealed       bytea NOT NULL,
    PRIMARY KEY (workspace_id, owner_id, name)
);
CREATE INDEX secrets_key ON secrets (workspace_id, key_id);

CREATE TABLE members (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id)
);

CREATE TABLE role_periods (                       -- who held which role when; at most one open period a member
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    member_id    uuid NOT NULL,
    role         text NOT NULL CHECK (role IN ('owner', 'reviewer', 'viewer')),
    granted_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    granted_by   uuid,
    revoked_at   timestamptz,
    revoked_by   uuid,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX role_periods_open ON role_periods (workspace_id, member_id) WHERE revoked_at IS NULL;

CREATE TABLE chat_identities (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    member_id    uuid NOT NULL,
    surface      text NOT NULL,
    team_ref     text NOT NULL DEFAULT '',
    user_ref     text NOT NULL,
    display_name text NOT NULL,
    linked_at    timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, surface, team_ref, user_ref),
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE installations (                      -- our bot in a Slack team; its token stands in secrets
    workspace_id   uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id             uuid NOT NULL,
    surface        text NOT NULL,
    team_ref       text NOT NULL,
    team_name      text NOT NULL,
    bot_user_ref   text NOT NULL,
    bot_ref        text NOT NULL DEFAULT '',
    app_ref        text NOT NULL DEFAULT '',
    scopes         text NOT NULL,
    installed_by   uuid,
    installed_at   timestamptz NOT NULL DEFAULT now(),
    uninstalled_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, surface, team_ref)
);

CREATE TABLE chats (                              -- where cards go
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id           uuid NOT NULL,
    surface      text NOT NULL,
    team_ref     text NOT NULL DEFAULT '',
    chat_ref     text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('channel', 'group', 'private')),
    title        text NOT NULL,
    reviews      boolean NOT NULL DEFAULT true,   -- gets digests and post cards; false: notices only
    gone_reason  text,                            -- kicked, blocked, deleted: said to the owner elsewhere
    lease_by     text,
    lease_until  timestamptz,
    parked_until timestamptz,                     -- the chat told us to wait
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, surface, chat_ref)
);

CREATE TABLE web_apps (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id           uuid NOT NULL,
    name         text NOT NULL,
    url          text NOT NULL,
    zone         text NOT NULL DEFAULT 'UTC',
    batch_at     time NOT NULL DEFAULT '02:00',
    deliver_at   time NOT NULL DEFAULT '08:00',
    slot_times   time[] NOT NULL DEFAULT '{09:00,11:30,14:00,16:30,19:00}',
    description  text,
    banned_words text[] NOT NULL DEFAULT '{}',
    quorum       smallint NOT NULL DEFAULT 1 CHECK (quorum BETWEEN 1 AND 5),
    created_at   timestamptz NOT NULL DEFAULT now(),
    removed_at   timestamptz,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, url)
);

CREATE TABLE schedules (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    web_app_id   uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('batch')),
    next_run     timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, web_app_id, kind),
    FOREIGN KEY (workspace_id, web_app_id) REFERENCES web_apps (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX schedules_due ON schedules (next_run);

CREATE TABLE accounts (
    workspace_id  uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id            uuid NOT NULL,
    platform      text NOT NULL,
    kind          text NOT NULL CHECK (kind IN ('member', 'organisation')),
    remote_id     text NOT NULL,
    name          text NOT NULL,
    link          text,
    state         text NOT NULL DEFAULT 'connected' CHECK (state IN ('connected', 'disconnected', 'removed')),
    trouble       text,
    scopes        text[] NOT NULL DEFAULT '{}',
    options       jsonb NOT NULL DEFAULT '{}',    -- what the account leaves to choose from, where its platform tells, and when it was asked
    expires_at    timestamptz,
    refresh_until timestamptz,                    -- lease of the one refresh under way
    refresh_at    timestamptz,                    -- when to refresh ahead of expiry
    posts_a_day   integer CHECK (posts_a_day > 0),
    connected_by  uuid,
    connected_at  timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, platform, remote_id)
);
CREATE INDEX accounts_profile ON accounts (platform, remote_id);
CREATE INDEX accounts_refresh ON accounts (refresh_at) WHERE state = 'connected' AND refresh_at IS NOT NULL;

CREATE TABLE batches (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    web_app_id   uuid NOT NULL,
    local_date   date NOT NULL,
    state        text NOT NULL DEFAULT 'planned' CHECK (state IN ('planned', 'written', 'delivered', 'unreadable')),
    deliver_from timestamptz NOT NULL,            -- no card before this
    next_at      timestamptz,                     -- when to look at it again; null: nothing to do
    tries        smallint NOT NULL DEFAULT 0,
    lease_by     text,
    lease_until  timestamptz,
    page         jsonb,
    problem      text,
    dropped      text[] NOT NULL DEFAULT '{}',
    planned_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, web_app_id, local_date),
    FOREIGN KEY (workspace_id, web_app_id) REFERENCES web_apps (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX batches_due ON batches (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE briefs (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    batch_id     uuid NOT NULL,
    n            smallint NOT NULL,
    angle        text NOT NULL,
    facts        jsonb NOT NULL,                  -- each with where it stood
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, batch_id, n),
    FOREIGN KEY (workspace_id, batch_id) REFERENCES batches (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE posts (
    workspace_id    uuid NOT NULL,
    id              uuid NOT NULL,
    number          integer NOT NULL,
    batch_id        uuid NOT NULL,
    brief_id        uuid NOT NULL,
    web_app_id      uuid NOT NULL,
    account_id      uuid NOT NULL,
    state           text NOT NULL DEFAULT 'planned',
    event           text,                         -- what last happened; setting it moves the state, see 03
    step            integer NOT NULL DEFAULT 0,   -- how many moves so far
    actor           uuid,                         -- the member behind the last event; null: the system
    slot            timestamptz NOT NULL,
    revision_n      integer NOT NULL DEFAULT 0,
    approval_id     uuid,
    direction       text,                         -- what the next revision is asked to be
    next_at         timestamptz,                  -- when the state wants looking at; null: it waits for a person
    tries           smallint NOT NULL DEFAULT 0,
    fence           bigint NOT NULL DEFAULT 0,
    lease_by        text,
    lease_until     timestamptz,
    sending         boolean NOT NULL DEFAULT false, -- the sent mark of the attempt under `fence`
    handles         jsonb NOT NULL DEFAULT '{}',
    auto_released   boolean NOT NULL DEFAULT false, -- a lost answer was cleared up by itself once; never twice
    absent_seen     smallint NOT NULL DEFAULT 0,
    last_absent_at  timestamptz,
    asked_at        timestamptz,
    reminded_at     timestamptz,
    trouble         text,
    trouble_link    text,
    remote_id       text,
    permalink       text,
    published_at    timestamptz,
    withdraw_wanted timestamptz,
    next_measure_at timestamptz,
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, number),
    UNIQUE (workspace_id, brief_id, account_id),
    FOREIGN KEY (workspace_id, batch_id) REFERENCES batches (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, brief_id) REFERENCES briefs (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, web_app_id) REFERENCES web_apps (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX posts_batch ON posts (workspace_id, batch_id);
CREATE INDEX posts_account ON posts (workspace_id, account_id);
CREATE INDEX posts_due ON posts (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX posts_measure ON posts (next_measure_at) WHERE next_measure_at IS NOT NULL;
CREATE INDEX posts_withdraw ON posts (withdraw_wanted) WHERE withdraw_wanted IS NOT NULL AND state = 'published';
CREATE INDEX posts_waiting ON posts (workspace_id, account_id, slot) WHERE state IN ('approved', 'retry_wait');
CREATE INDEX posts_published ON posts (workspace_id, published_at) WHERE published_at IS NOT NULL;
CREATE INDEX posts_open ON posts (workspace_id, slot) WHERE state NOT IN ('published', 'withdrawn', 'dropped', 'rejected', 'expired');

CREATE TABLE revisions (                          -- immutable; sha256 names exactly what goes out
    workspace_id uuid NOT NULL,
    post_id      uuid NOT NULL,
    n            integer NOT NULL,
    text         text NOT NULL,
    pictures     jsonb NOT NULL DEFAULT '[]',
    video        jsonb,
    document     jsonb,
    settings     jsonb NOT NULL DEFAULT '{}',
    sha256       bytea NOT NULL CHECK (octet_length(sha256) = 32),
    drafted_from text NOT NULL,
    made_by      uuid,                            -- null: the writer
    length       integer NOT NULL,
    sources      jsonb NOT NULL DEFAULT '[]',     -- pairs: a fact, and where it stood
    warnings     text[] NOT NULL DEFAULT '{}',
    objections   text[] NOT NULL DEFAULT '{}',    -- what the platform would refuse; not approvable while any
    made_at      timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, post_id, n),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX revisions_recent ON revisions (workspace_id, made_at);

CREATE TABLE decisions (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    post_id      uuid NOT NULL,
    revision_n   integer NOT NULL,
    member_id    uuid NOT NULL,
    surface      text NOT NULL,
    card_id      uuid,
    decision     text NOT NULL,
    outcome      text NOT NULL,
    applied      boolean NOT NULL,
    reason       text,
    event_key    text NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX decisions_post ON decisions (workspace_id, post_id, at);

CREATE TABLE approvals (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    post_id      uuid NOT NULL,
    revision_n   integer NOT NULL,
    sha256       bytea NOT NULL,
    member_id    uuid NOT NULL,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    revoked_at   timestamptz,
    revoked_by   uuid,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, post_id, revision_n) REFERENCES revisions (workspace_id, post_id, n) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE
);
CREATE UNIQUE INDEX approvals_live ON approvals (workspace_id, post_id, revision_n, member_id) WHERE revoked_at IS NULL;
CREATE INDEX approvals_member ON approvals (workspace_id, member_id) WHERE revoked_at IS NULL;

CREATE TABLE handed (                             -- files that a member handed over for a post: fetched, read, and then a revision
    workspace_id   uuid NOT NULL,
    id             uuid NOT NULL,
    post_id        uuid NOT NULL,
    member_id      uuid NOT NULL,
    revision_n     integer NOT NULL,              -- the post as it stood then: a newer revision or another move wins
    step           integer NOT NULL,
    surface        text NOT NULL,                 -- where the files lie, and under whose name they are fetched
    team_ref       text NOT NULL,
    files          jsonb NOT NULL,                -- the chat's own ids, and what it claims about them
    description    text NOT NULL,
    album          text,                          -- a chat's name for files that arrive one by one; each pushes `next_at` away
    next_at        timestamptz,                   -- when to look at it again; null: it has ended
    tries          smallint NOT NULL DEFAULT 0,
    lease_by       text,
    lease_until    timestamptz,
    outcome        text CHECK (outcome IN ('taken', 'problem', 'late', 'replaced')),
    problem        text,                          -- a sentence for the card
    ended_revision integer,                       -- the post's revision then: a newer one makes the sentence old
    handed_at      timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_at       timestamptz,
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, member_id) REFERENCES members (workspace_id, id) ON DELETE CASCADE,
    CHECK ((outcome IS NULL) = (ended_at IS NULL)),
    CHECK ((outcome IS NULL) = (next_at IS NOT NULL))
);
CREATE INDEX handed_due ON handed (next_at) WHERE next_at IS NOT NULL;
CREATE INDEX handed_post ON handed (workspace_id, post_id, handed_at);
CREATE INDEX handed_album ON handed (workspace_id, album) WHERE album IS NOT NULL;
CREATE UNIQUE INDEX handed_open ON handed (workspace_id, post_id) WHERE ended_at IS NULL;

CREATE TABLE cards (
    workspace_id uuid NOT NULL,
    id           uuid NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('digest', 'post', 'notice')),
    chat_id      uuid NOT NULL,
    batch_id     uuid,
    post_id      uuid,
    notice_key   text,                            -- one notice of a kind and subject a chat
    notice       jsonb,
    message_ref  text,
    picture_ref  text,                            -- the chat's own id of the picture, and which picture it is
    picture_of   text,
    wanted       bigint NOT NULL DEFAULT 1,       -- newest wanted state
    drawn        bigint NOT NULL DEFAULT 0,       -- newest state drawn
    -- The index below names this and not the counters: a card that is wanted again before it was drawn touches no index.
    undrawn      boolean GENERATED ALWAYS AS (drawn < wanted) STORED NOT NULL,
    wanted_at    timestamptz NOT NULL DEFAULT clock_timestamp(),
    next_try_at  timestamptz NOT NULL DEFAULT '-infinity',
    tries        smallint NOT NULL DEFAULT 0,
    last_error   text,
    created_at   timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (workspace_id, id),
    FOREIGN KEY (workspace_id, chat_id) REFERENCES chats (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, batch_id) REFERENCES batches (workspace_id, id) ON DELETE CASCADE,
    CHECK (num_nonnulls(batch_id, post_id, notice_key) = 1)
) WITH (fillfactor = 70);                         -- room for the next version beside the last one
CREATE INDEX cards_undrawn ON cards (workspace_id, chat_id, next_try_at) WHERE undrawn;
CREATE UNIQUE INDEX cards_post ON cards (workspace_id, post_id, chat_id) WHERE post_id IS NOT NULL;
CREATE UNIQUE INDEX cards_batch ON cards (workspace_id, batch_id, chat_id) WHERE batch_id IS NOT NULL;
CREATE UNIQUE INDEX cards_notice ON cards (workspace_id, chat_id, notice_key) WHERE notice_key IS NOT NULL;

CREATE TABLE card_faces (                         -- a button's token: one a card and revision, 128 random bits
    workspace_id uuid NOT NULL,
    token        text NOT NULL UNIQUE,
    card_id      uuid NOT NULL,
    post_id      uuid,
    revision_n   integer NOT NULL,
    shown_whole  boolean NOT NULL DEFAULT true,   -- a text that was not shown whole cannot be approved by this face
    PRIMARY KEY (workspace_id, token),
    UNIQUE (workspace_id, card_id, revision_n),
    FOREIGN KEY (workspace_id, card_id) REFERENCES cards (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE prompts (                            -- Telegram has no modals: a reply to this message is the answer
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    chat_ref     text NOT NULL,
    message_ref  text NOT NULL,
    token        text NOT NULL,
    decision     text NOT NULL,
    user_ref     text NOT NULL,
    expires_at   timestamptz NOT NULL,
    PRIMARY KEY (workspace_id, chat_ref, message_ref)
);

CREATE TABLE parts (                              -- what follows a post that is out: the rest of a thread, the first comment
    workspace_id   uuid NOT NULL,
    post_id        uuid NOT NULL,
    n              smallint NOT NULL CHECK (n >= 2),  -- the post itself is part 1; the text stands in its revision
    kind           text NOT NULL CHECK (kind IN ('reply', 'comment')),
    state          text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'claimed', 'unknown', 'out', 'refused', 'unclear', 'dropped')),
    next_at        timestamptz,                   -- when to look at it; null: its turn has not come, or it has ended
    tries          smallint NOT NULL DEFAULT 0,
    fence          bigint NOT NULL DEFAULT 0,
    lease_by       text,
    lease_until    timestamptz,
    sending        boolean NOT NULL DEFAULT false,  -- the sent mark of the attempt under `fence`
    auto_released  boolean NOT NULL DEFAULT false,
    absent_seen    smallint NOT NULL DEFAULT 0,
    last_absent_at timestamptz,
    trouble        text,
    trouble_link   text,
    remote_id      text,
    permalink      text,
    PRIMARY KEY (workspace_id, post_id, n),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX parts_due ON parts (next_at) WHERE next_at IS NOT NULL;

CREATE TABLE attempts (                           -- the ledger of what was tried, and the rate limiter for publishing
    workspace_id   uuid NOT NULL,
    id             uuid NOT NULL,
    post_id        uuid NOT NULL,
    part           smallint NOT NULL DEFAULT 1,   -- 1: the post itself
    kind           text NOT NULL DEFAULT 'post' CHECK (kind IN ('post', 'reply', 'comment')),
    fence          bigint NOT NULL,
    account_id     uuid NOT NULL,
    platform       text NOT NULL,
    remote_account text NOT NULL,
    approval_id    uuid NOT NULL,
    revision_n     integer NOT NULL,
    sha256         bytea NOT NULL,
    worker         text NOT NULL,
    intent_at      timestamptz NOT NULL,
    lease_until    timestamptz NOT NULL,
    sent_at        timestamptz,
    ended_at       timestamptz,
    outcome        text CHECK (outcome IN ('ok', 'refused', 'not_sent', 'unknown')),
    detail         text,
    price          numeric(10, 4) NOT NULL DEFAULT 0 CHECK (price >= 0),   -- US dollars that the platform charges for it
    PRIMARY KEY (workspace_id, id),
    UNIQUE (workspace_id, post_id, part, fence),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE,
    FOREIGN KEY (workspace_id, account_id) REFERENCES accounts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX attempts_window ON attempts (platform, remote_account, intent_at) WHERE outcome IS DISTINCT FROM 'not_sent';
CREATE INDEX attempts_app_window ON attempts (platform, intent_at) WHERE outcome IS DISTINCT FROM 'not_sent';
CREATE INDEX attempts_at ON attempts USING brin (intent_at);
CREATE INDEX attempts_priced ON attempts (platform, intent_at) WHERE price > 0;
CREATE INDEX attempts_priced_here ON attempts (workspace_id, platform, intent_at) WHERE price > 0;

CREATE TABLE charges (                            -- what a platform counts besides sends: reads and deletions that cost, units of a quota
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id           uuid NOT NULL,
    platform     text NOT NULL,
    kind         text NOT NULL CHECK (kind IN ('send', 'read', 'delete')),
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),   -- before the call: what may have been counted is
    price        numeric(10, 4) NOT NULL DEFAULT 0 CHECK (price >= 0),   -- US dollars
    units        integer NOT NULL DEFAULT 0 CHECK (units >= 0),
    PRIMARY KEY (workspace_id, id)
);
CREATE INDEX charges_at ON charges (platform, at);
CREATE INDEX charges_here ON charges (workspace_id, platform, at);

CREATE TABLE late_results (                       -- an answer that came after the claim was gone; never thrown away
    workspace_id uuid NOT NULL,
    post_id      uuid NOT NULL,
    part         smallint NOT NULL DEFAULT 1,
    fence        bigint NOT NULL,
    remote_id    text NOT NULL,
    permalink    text,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, post_id, part, fence),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE transitions (
    workspace_id uuid NOT NULL,
    post_id      uuid NOT NULL,
    step         integer NOT NULL,
    event        text NOT NULL,
    old          text NOT NULL,
    new          text NOT NULL,
    actor        uuid,
    at           timestamptz NOT NULL DEFAULT clock_timestamp(),
    PRIMARY KEY (workspace_id, post_id, step),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE
);

CREATE TABLE pauses (
    workspace_id uuid NOT NULL REFERENCES workspaces ON DELETE CASCADE,
    id           uuid NOT NULL,
    scope        text NOT NULL CHECK (scope IN ('workspace', 'web_app', 'account')),
    scope_id     uuid,
    started_by   uuid,
    started_at   timestamptz NOT NULL DEFAULT clock_timestamp(),
    ended_by     uuid,
    ended_at     timestamptz,
    PRIMARY KEY (workspace_id, id)
);
CREATE UNIQUE INDEX pauses_open ON pauses (workspace_id, scope, coalesce(scope_id, workspace_id)) WHERE ended_at IS NULL;

CREATE TABLE measures (                           -- append-only; a metric that is null was not available
    workspace_id uuid NOT NULL,
    post_id      uuid NOT NULL,
    at           timestamptz NOT NULL DEFAULT now(),
    impressions  bigint,
    likes        bigint,
    comments     bigint,
    shares       bigint,
    clicks       bigint,
    saves        bigint,
    PRIMARY KEY (workspace_id, post_id, at),
    FOREIGN KEY (workspace_id, post_id) REFERENCES posts (workspace_id, id) ON DELETE CASCADE
);
CREATE INDEX measures_at ON measures (workspace_id, at);
