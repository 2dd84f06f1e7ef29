-- Reviewers answer cards: one round trip, one transaction. Every chat ends here, and only here.
-- The functions run with the rights of the login; row-level security holds inside them, because the tenant is set by a
-- statement of its own before the rows are read. Clicks that come together share a call and a commit: each has its own inbox row,
-- its own decision and its own verdict, and those of a workspace are decided under its tenant alone.

-- A click as the chat delivered it, and whose card the door says it is. `n` is its place among those that came together;
-- `chat` and `message` are null when the answer comes from a modal that a checked click opened.
CREATE TYPE click AS (
    n integer, event_key text, surface text, team text, user_ref text, chat text, message text, decision text, why text, detail jsonb,
    workspace_id uuid, card_id uuid, post_id uuid, revision_n integer, shown_whole boolean
);
-- What is to become of it, found while the post is locked. `told` goes into the verdict.
CREATE TYPE answered AS (
    n integer, post_id uuid, member_id uuid, outcome text, event text, revision_n integer, sha256 bytea, quorum smallint, approval_id uuid,
    told jsonb
);

-- The newest answer that stands for the revision in hand, for telling the second person who was first.
CREATE FUNCTION first_answer(ws uuid, wanted_post uuid) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object('first_by', m.name, 'first_at', d.at, 'first_decision', d.decision, 'reason', d.reason)
    FROM decisions d JOIN members m ON m.workspace_id = d.workspace_id AND m.id = d.member_id
    WHERE d.workspace_id = ws AND d.post_id = wanted_post AND d.applied AND d.decision <> 'move'
    ORDER BY d.at DESC LIMIT 1
$$;

-- Adds what each approver agrees to, and approves the posts whose policy is satisfied. Returns them as 'applied' or 'counted'.
CREATE FUNCTION count_approvals(ws uuid, given answered[]) RETURNS answered[] LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    counted answered[];
BEGIN
    INSERT INTO approvals (workspace_id, id, post_id, revision_n, sha256, member_id)
    SELECT ws, gen_random_uuid(), g.post_id, g.revision_n, g.sha256, g.member_id FROM unnest(given) g
    ON CONFLICT DO NOTHING;                       -- the same person again
    -- Only those who hold the right now are counted: a right may have been taken while an approval waited for this lock.
    SELECT array_agg(ROW(g.n, g.post_id, g.member_id, CASE WHEN v.agreed >= g.quorum THEN 'applied' ELSE 'counted' END, g.event, g.revision_n,
                         g.sha256, g.quorum, v.own, g.told || jsonb_build_object('approvals', v.agreed, 'quorum', g.quorum))::answered)
    INTO counted
    FROM unnest(given) g CROSS JOIN LATERAL (
        SELECT count(o.role) AS agreed, (array_agg(a.id) FILTER (WHERE a.member_id = g.member_id))[1] AS own
        FROM approvals a LEFT JOIN role_periods o ON o.workspace_id = ws AND o.member_id = a.member_id AND o.revoked_at IS NULL
            AND o.role IN ('owner', 'reviewer')
        WHERE a.workspace_id = ws AND a.post_id = g.post_id AND a.revision_n = g.revision_n AND a.revoked_at IS NULL) v;
    UPDATE posts p SET event = 'approve', actor = c.member_id, next_at = p.slot, tries = 0, trouble = NULL, approval_id = c.approval_id
    FROM unnest(counted) c WHERE c.outcome = 'applied' AND p.workspace_id = ws AND p.id = c.post_id;
    IF 'counted' = ANY (SELECT c.outcome FROM unnest(counted) c) THEN
        UPDATE cards k SET wanted = k.wanted + 1, wanted_at = clock_timestamp()
        FROM unnest(counted) c WHERE c.outcome = 'counted' AND k.workspace_id = ws AND k.post_id = c.post_id;
    END IF;
    RETURN counted;
END $$;

-- The next revision of a post, already checked and hashed by the caller.
CREATE FUNCTION add_revision(post posts, author uuid, detail jsonb) RETURNS integer LANGUAGE sql
SET search_path = public, pg_temp AS $$
    INSERT INTO revisions (workspace_id, post_id, n, text, pictures, video, document, settings, sha256, drafted_from, made_by, length, sources, warnings, objections)
    SELECT post.workspace_id, post.id,
           (SELECT max(r.n) + 1 FROM revisions r WHERE r.workspace_id = post.workspace_id AND r.post_id = post.id),
           detail ->> 'text', detail -> 'pictures', nullif(detail -> 'video', 'null'), nullif(detail -> 'document', 'null'), detail -> 'settings', decode(detail ->> 'sha256', 'hex'), coalesce(detail ->> 'drafted_from', 'edit'), author,
           (detail ->> 'length')::integer,
           (SELECT r.sources FROM revisions r WHERE r.workspace_id = post.workspace_id AND r.post_id = post.id AND r.n = post.revision_n),
           ARRAY(SELECT jsonb_array_elements_text(detail -> 'warnings')), ARRAY(SELECT jsonb_array_elements_text(detail -> 'objections'))
    RETURNING n
$$;

-- Files to fetch for a post. What was under way for it ends here; an approval is taken back, as an edit would, but at once.
CREATE FUNCTION want_files(post posts, member uuid, given_event text, detail jsonb) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    moves    integer := post.step;
    new_slot timestamptz := coalesce((detail ->> 'slot')::timestamptz, post.slot);
BEGIN
    UPDATE handed h SET outcome = 'replaced', ended_at = clock_timestamp(), next_at = NULL
    WHERE h.workspace_id = post.workspace_id AND h.post_id = post.id AND h.ended_at IS NULL;
    IF given_event IS NOT NULL THEN
        UPDATE posts p SET event = given_event, actor = member, approval_id = NULL, slot = new_slot, next_at = review_at(new_slot), reminded_at = NULL
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id RETURNING p.step INTO moves;
    ELSE
        UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp()
        WHERE c.workspace_id = post.workspace_id AND c.post_id = post.id;
    END IF;
    INSERT INTO handed (workspace_id, id, post_id, member_id, revision_n, step, surface, team_ref, files, description, album, next_at)
    VALUES (post.workspace_id, gen_random_uuid(), post.id, member, post.revision_n, moves, detail ->> 'surface', detail ->> 'team',
            detail -> 'files', detail ->> 'description', detail ->> 'album',
            now() + make_interval(secs => coalesce((detail ->> 'quiet')::float8, 0)));
END $$;

-- Everything but an approval: the arrow of the answer, with what it carries.
CREATE FUNCTION apply_answer(post posts, member uuid, given_decision text, given_event text, why text, detail jsonb) RETURNS void LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    revision integer := post.revision_n;
    new_slot timestamptz := coalesce((detail ->> 'slot')::timestamptz, post.slot);
BEGIN
    IF given_event IN ('revise', 'regenerate', 'reject', 'revoke', 'stop') THEN
        UPDATE approvals a SET revoked_at = clock_timestamp(), revoked_by = member
        WHERE a.workspace_id = post.workspace_id AND a.post_id = post.id AND a.revoked_at IS NULL;
    END IF;
    CASE
    WHEN given_decision = 'move' THEN
        UPDATE posts p SET slot = new_slot, reminded_at = NULL, next_at = CASE WHEN p.state = 'in_review' THEN review_at(new_slot) ELSE new_slot END
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_decision = 'media' THEN
        PERFORM want_files(post, member, given_event, detail);
    WHEN given_decision = 'withdraw' THEN
        UPDATE posts p SET withdraw_wanted = clock_timestamp(), actor = member WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event = 'revise' THEN
        revision := add_revision(post, member, detail);
        UPDATE posts p SET event = 'revise', actor = member, revision_n = revision, approval_id = NULL, trouble = NULL, trouble_link = NULL,
            slot = new_slot, next_at = review_at(new_slot), reminded_at = NULL
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event = 'regenerate' THEN
        UPDATE posts p SET event = 'regenerate', actor = member, direction = why, approval_id = NULL, next_at = now(), tries = 0
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event IN ('revoke', 'reopen') THEN
        UPDATE posts p SET event = given_event, actor = member, approval_id = NULL, slot = new_slot, next_at = review_at(new_slot), reminded_at = NULL
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event IN ('reject', 'stop', 'drop') THEN
        UPDATE posts p SET event = given_event, actor = member, next_at = NULL, approval_id = NULL
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event = 'confirm' THEN
        UPDATE posts p SET event = 'confirm', actor = member, next_at = NULL, trouble = NULL, trouble_link = NULL, published_at = now(),
            next_measure_at = CASE WHEN detail ? 'remote_id' THEN now() END,
            remote_id = detail ->> 'remote_id', permalink = detail ->> 'link'
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event = 'release' THEN
        UPDATE posts p SET event = 'release', actor = member, next_at = now(), slot = now(), tries = 0, trouble = NULL, trouble_link = NULL,
            absent_seen = 0, auto_released = true
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    WHEN given_event = 'reschedule' THEN
        UPDATE posts p SET event = 'reschedule', actor = member, slot = new_slot, next_at = new_slot, trouble = NULL
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id;
    END CASE;
END $$;

-- Says of each click what is to become of it, and locks the posts until the commit, in one order for everybody. No two of the
-- clicks are on one post. Who waits here for another's decision finds the other's post; a newer revision is not joined again,
-- it makes the face stale.
CREATE FUNCTION judge(ws uuid, clicks click[]) RETURNS answered[] LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    RETURN (SELECT array_agg(ROW(j.n, j.post_id, j.member_id, CASE
            WHEN j.misplaced THEN 'wrong_place'
            WHEN j.member_id IS NULL THEN 'stranger'
            WHEN j.role IS NULL OR j.role NOT IN ('owner', 'reviewer') THEN 'not_allowed'
            WHEN j.face_revision <> j.revision_n THEN 'stale_revision'
            -- A post that somebody asked to delete is asked once.
            WHEN a.state IS NULL OR (j.decision = 'withdraw' AND j.withdraw_wanted IS NOT NULL)
                THEN CASE WHEN j.actor IS NULL THEN 'not_possible' ELSE 'already_decided' END
            WHEN j.decision = 'approve' AND (NOT j.shown_whole OR j.objections <> '{}') THEN 'not_approvable'
            ELSE 'applied' END,
        a.event, j.revision_n, j.sha256, j.quorum, NULL,
        jsonb_build_object('number', j.number, 'decision', j.decision, 'workspace_id', ws, 'post_id', j.post_id))::answered)
    FROM (
        SELECT c.n, c.decision, c.revision_n AS face_revision, c.shown_whole, i.member_id, o.role, r.sha256, r.objections, w.quorum,
               p.id AS post_id, p.number, p.state, p.actor, p.revision_n, p.withdraw_wanted,
               -- Where the card hangs is where it must have been pressed.
               h.surface IS DISTINCT FROM c.surface OR h.team_ref IS DISTINCT FROM c.team
                   OR (c.chat IS NOT NULL AND (h.chat_ref <> c.chat OR coalesce(k.message_ref, c.message) IS DISTINCT FROM c.message)) AS misplaced
        FROM unnest(clicks) c
        JOIN cards k ON k.workspace_id = ws AND k.id = c.card_id
        JOIN chats h ON h.workspace_id = ws AND h.id = k.chat_id
        JOIN posts p ON p.workspace_id = ws AND p.id = c.post_id
        JOIN web_apps w ON w.workspace_id = ws AND w.id = p.web_app_id
        LEFT JOIN revisions r ON r.workspace_id = ws AND r.post_id = p.id AND r.n = p.revision_n
        LEFT JOIN chat_identities i ON i.workspace_id = ws AND i.surface = c.surface AND i.team_ref = c.team AND i.user_ref = c.user_ref
        LEFT JOIN role_periods o ON o.workspace_id = ws AND o.member_id = i.member_id AND o.revoked_at IS NULL
        ORDER BY p.id FOR UPDATE OF p
    ) j LEFT JOIN answers a ON a.state = j.state AND a.decision = j.decision);
END $$;

-- Keeps what was decided, and tells it: the verdicts by `n`. Strangers and misplaced buttons leave nothing and are told nothing.
CREATE FUNCTION record_decisions(ws uuid, clicks click[], given answered[]) RETURNS jsonb LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    verdicts jsonb;
BEGIN
    WITH kept AS (
        INSERT INTO decisions (workspace_id, id, post_id, revision_n, member_id, surface, card_id, decision, outcome, applied, reason, event_key)
        SELECT ws, gen_random_uuid(), c.post_id, c.revision_n, g.member_id, c.surface, c.card_id, c.decision,
               g.outcome, g.outcome IN ('applied', 'counted'), c.why, c.event_key
        FROM unnest(given) g JOIN unnest(clicks) c USING (n) WHERE g.outcome NOT IN ('wrong_place', 'stranger')
    )
    SELECT jsonb_object_agg(g.n, jsonb_build_object('outcome', g.outcome) || CASE
        WHEN g.outcome IN ('wrong_place', 'stranger') THEN '{}'
        ELSE g.told || jsonb_build_object('state', p.state, 'revision', p.revision_n) || CASE
            WHEN g.outcome IN ('stale_revision', 'already_decided') THEN coalesce(first_answer(ws, p.id), '{}') ELSE '{}' END END)
    INTO verdicts FROM unnest(given) g JOIN posts p ON p.workspace_id = ws AND p.id = g.post_id;
    RETURN verdicts;
END $$;

-- Decides clicks of one workspace, which is the tenant, on as many posts. Returns the verdicts by `n`.
CREATE FUNCTION decide_here(ws uuid, clicks click[]) RETURNS jsonb LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    approving answered[];
    applying  answered[];
    refused   answered[];
    one       record;
BEGIN
    SELECT array_agg(j) FILTER (WHERE j.outcome = 'applied' AND j.event = 'approve'),
           array_agg(j) FILTER (WHERE j.outcome = 'applied' AND j.event IS DISTINCT FROM 'approve'),
           array_agg(j) FILTER (WHERE j.outcome <> 'applied')
    INTO approving, applying, refused FROM unnest(judge(ws, clicks)) j;
    IF approving IS NOT NULL THEN
        approving := count_approvals(ws, approving);
    END IF;
    IF applying IS NOT NULL THEN
        FOR one IN SELECT p AS post, j.member_id, j.event, c.decision, c.why, c.detail
            FROM unnest(applying) j JOIN unnest(clicks) c USING (n) JOIN posts p ON p.workspace_id = ws AND p.id = j.post_id LOOP
            PERFORM apply_answer(one.post, one.member_id, one.decision, one.event, one.why, coalesce(one.detail, '{}'));
        END LOOP;
    END IF;
    RETURN record_decisions(ws, clicks, approving || applying || refused);
END $$;

-- The click path: a JSON array of clicks in the order in which they came, and their verdicts in the same order. Who waits for a
-- lock for longer than `patience` ('0': as long as it takes) gets an error for all of them, and nothing was decided.
-- The plans are made once, for a few clicks: with the array in hand they would be made again for every call, and a plan that was made
-- while tables were small must not read them whole when they have grown.
CREATE FUNCTION decide(clicks jsonb, patience text) RETURNS jsonb LANGUAGE plpgsql
SET search_path = public, pg_temp SET plan_cache_mode = force_generic_plan SET enable_hashjoin = off SET enable_mergejoin = off AS $$
DECLARE
    fresh    click[];
    turn     record;
    verdicts jsonb := '{}';
BEGIN
    PERFORM set_config('lock_timeout', patience, true);
    -- A delivery has one effect, however often it came, also within this call. Keys, workspaces and posts are taken in one order
    -- by everybody, so that two processes with the same work never wait for each other crosswise.
    WITH brought AS (
        SELECT * FROM ROWS FROM (jsonb_to_recordset(clicks) AS (source text, event_key text, token text, surface text, team text,
            "user" text, chat text, message text, decision text, reason text, detail jsonb)) WITH ORDINALITY AS b
    ), taken AS (
        INSERT INTO inbox (source, event_key) SELECT DISTINCT b.source, b.event_key FROM brought b ORDER BY 1, 2
        ON CONFLICT DO NOTHING RETURNING inbox.source, inbox.event_key
    ), firsts AS (
        SELECT DISTINCT ON (source, event_key) b.* FROM brought b JOIN taken USING (source, event_key) ORDER BY source, event_key, ordinality
    )
    SELECT array_agg(ROW(b.ordinality, b.event_key, b.surface, b.team, b."user", b.chat, b.message, b.decision, b.reason, b.detail,
                         f.workspace_id, f.card_id, f.post_id, f.revision_n, f.shown_whole)::click)
    INTO fresh FROM firsts b CROSS JOIN LATERAL door_face(b.token) f;
    -- Clicks on one post are decided one after the other, in the order in which they came.
    FOR turn IN
        SELECT c.workspace_id, array_agg(c.click) AS clicks
        FROM (SELECT c AS click, c.workspace_id, row_number() OVER (PARTITION BY c.post_id ORDER BY c.n) AS nth FROM unnest(fresh) c WHERE c.post_id IS NOT NULL) c
        GROUP BY c.workspace_id, c.nth ORDER BY c.workspace_id, c.nth
    LOOP
        PERFORM set_config('app.workspace', turn.workspace_id::text, true);
        verdicts := verdicts || decide_here(turn.workspace_id, turn.clicks);
    END LOOP;
    RETURN (SELECT jsonb_agg(coalesce(verdicts -> n::text, jsonb_build_object('outcome', CASE
            WHEN n IN (SELECT f.n FROM unnest(fresh) f) THEN 'unknown_card' ELSE 'replay' END)) ORDER BY n)
        FROM generate_series(1, jsonb_array_length(clicks)) n);
END $$;

GRANT EXECUTE ON FUNCTION first_answer, count_approvals, add_revision, want_files, apply_answer, judge, record_decisions, decide_here, decide TO amarktai_web, amarktai_worker;

INSERT INTO installation (min_code) VALUES (1);
GRANT SELECT ON alembic_version TO amarktai_web, amarktai_worker;
