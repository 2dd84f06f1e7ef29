-- The life of a post. A row advances itself: whoever sets `event` gets the state that the arrow leads to, nobody assigns a state.

INSERT INTO arrows (source, event, target, worker_only) VALUES
    ('planned', 'write', 'drafted', true),
    ('planned', 'restore', 'in_review', true),
    ('planned', 'drop', 'dropped', true),
    ('drafted', 'drop', 'dropped', true),
    ('drafted', 'deliver', 'in_review', true),
    ('in_review', 'approve', 'approved', false),
    ('in_review', 'revise', 'in_review', false),
    ('approved', 'revise', 'in_review', false),
    ('retry_wait', 'revise', 'in_review', false),
    ('held', 'revise', 'in_review', false),
    ('failed', 'revise', 'in_review', false),
    ('in_review', 'regenerate', 'planned', false),
    ('in_review', 'reject', 'rejected', false),
    ('in_review', 'expire', 'expired', true),
    ('approved', 'revoke', 'in_review', false),
    ('retry_wait', 'revoke', 'in_review', false),
    ('approved', 'stop', 'rejected', false),
    ('retry_wait', 'stop', 'rejected', false),
    ('approved', 'claim', 'publishing', true),
    ('retry_wait', 'claim', 'publishing', true),
    ('approved', 'miss', 'missed', true),
    ('retry_wait', 'miss', 'missed', true),
    ('approved', 'hold', 'held', false),
    ('retry_wait', 'hold', 'held', false),
    ('publishing', 'confirm', 'published', true),
    ('publishing', 'refuse', 'failed', true),
    ('publishing', 'release', 'retry_wait', true),
    ('publishing', 'hold', 'held', true),
    ('publishing', 'lose', 'unknown', true),
    ('unknown', 'confirm', 'published', true),
    ('unknown', 'release', 'retry_wait', true),
    ('unknown', 'refuse', 'failed', true),
    ('unknown', 'ask', 'needs_human', true),
    ('needs_human', 'confirm', 'published', false),
    ('needs_human', 'release', 'retry_wait', false),
    ('needs_human', 'drop', 'dropped', false),
    ('missed', 'reschedule', 'approved', false),
    ('missed', 'drop', 'dropped', false),
    ('held', 'resume', 'approved', false),
    ('held', 'drop', 'dropped', false),
    ('failed', 'drop', 'dropped', false),
    ('rejected', 'reopen', 'in_review', false),
    ('expired', 'reopen', 'in_review', false),
    ('published', 'withdraw', 'withdrawn', true);

INSERT INTO answers (state, decision, event) VALUES
    ('in_review', 'approve', 'approve'),
    ('in_review', 'edit', 'revise'),
    ('in_review', 'choose', 'revise'),
    ('in_review', 'regenerate', 'regenerate'),
    ('in_review', 'reject', 'reject'),
    ('in_review', 'media', null),
    ('in_review', 'move', null),
    ('approved', 'undo', 'revoke'),
    ('approved', 'edit', 'revise'),
    ('approved', 'choose', 'revise'),
    ('approved', 'media', 'revoke'),
    ('approved', 'reject', 'stop'),
    ('approved', 'move', null),
    ('retry_wait', 'undo', 'revoke'),
    ('retry_wait', 'edit', 'revise'),
    ('retry_wait', 'choose', 'revise'),
    ('retry_wait', 'media', 'revoke'),
    ('retry_wait', 'reject', 'stop'),
    ('held', 'edit', 'revise'),
    ('held', 'choose', 'revise'),
    ('held', 'media', null),
    ('held', 'drop', 'drop'),
    ('failed', 'edit', 'revise'),
    ('failed', 'choose', 'revise'),
    ('failed', 'media', null),
    ('failed', 'drop', 'drop'),
    ('rejected', 'undo', 'reopen'),
    ('expired', 'undo', 'reopen'),
    ('needs_human', 'live', 'confirm'),
    ('needs_human', 'again', 'release'),
    ('needs_human', 'drop', 'drop'),
    ('missed', 'now', 'reschedule'),
    ('missed', 'next', 'reschedule'),
    ('missed', 'drop', 'drop'),
    ('published', 'withdraw', null);

-- When a post in review wants looking at: half an hour before its slot for a reminder, or at the slot when that is near.
CREATE FUNCTION review_at(slot timestamptz) RETURNS timestamptz LANGUAGE sql STABLE
RETURN CASE WHEN slot > now() + interval '1 hour' THEN slot - interval '30 minutes' ELSE slot END;
GRANT EXECUTE ON FUNCTION review_at TO amarktai_web, amarktai_worker;

CREATE FUNCTION post_is_born() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state <> 'planned' OR NEW.step <> 0 OR NEW.event IS NOT NULL THEN
        RAISE EXCEPTION 'a post is born planned' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END $$;

CREATE FUNCTION post_refuses_assignment() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'nobody assigns the state of a post: set event' USING ERRCODE = 'check_violation';
END $$;

CREATE FUNCTION post_advances() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    arrow arrows%ROWTYPE;
BEGIN
    SELECT * INTO arrow FROM arrows WHERE source = OLD.state AND event = NEW.event;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'no arrow leaves % by %', OLD.state, NEW.event USING ERRCODE = 'check_violation';
    END IF;
    IF arrow.worker_only AND session_user = 'amarktai_web' THEN
        RAISE EXCEPTION 'only a worker may % a post', NEW.event USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.state := arrow.target;
    NEW.step := OLD.step + 1;
    RETURN NEW;
END $$;

-- Every card of a changed post wants to be drawn again, and so does the digest of its batch; once, however many posts of it moved.
-- Digests are taken in one order by everybody. The plan is kept for all that a connection does, and must not be one that reads
-- every card because a whole batch came first.
CREATE FUNCTION posts_want_redrawing() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp SET enable_hashjoin = off SET enable_mergejoin = off AS $$
BEGIN
    WITH changed AS (
        SELECT n.workspace_id, n.id, n.batch_id, n.state <> o.state AS moved
        FROM now_rows n JOIN was_rows o ON o.workspace_id = n.workspace_id AND o.id = n.id
        WHERE (n.step, n.slot, n.revision_n, n.trouble, n.permalink, n.withdraw_wanted, n.reminded_at)
              IS DISTINCT FROM (o.step, o.slot, o.revision_n, o.trouble, o.permalink, o.withdraw_wanted, o.reminded_at)
    ), of_posts AS (
        UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp()
        FROM changed n WHERE c.workspace_id = n.workspace_id AND c.post_id = n.id
    )
    UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp()
    FROM (SELECT DISTINCT n.workspace_id, n.batch_id FROM changed n WHERE n.moved ORDER BY 1, 2) b
    WHERE c.workspace_id = b.workspace_id AND c.batch_id = b.batch_id;
    RETURN NULL;
END $$;

-- What follows a text: further parts where the platform has threads (a line of three dashes divides them, as in
-- domain/parts.py), then the first comment.
CREATE FUNCTION part_kinds(platform text, body text, settings jsonb) RETURNS TABLE (n smallint, kind text)
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp AS $$
    WITH divided AS (
        SELECT CASE platform WHEN 'x' THEN cardinality(regexp_split_to_array(body, '(?n)^[ \t]*---[ \t]*$')) ELSE 1 END AS parts
    )
    SELECT s::smallint, 'reply' FROM divided, generate_series(2, parts) s
    UNION ALL
    SELECT (parts + 1)::smallint, 'comment' FROM divided WHERE coalesce(settings ->> 'first_comment', '') <> ''
$$;
GRANT EXECUTE ON FUNCTION part_kinds TO amarktai_web, amarktai_worker;

-- A post that is out brings its parts: the row of each stands before anybody can send it. The next one waits for the one before.
CREATE FUNCTION post_brings_parts() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    INSERT INTO parts (workspace_id, post_id, n, kind, next_at)
    SELECT NEW.workspace_id, NEW.id, k.n, k.kind, CASE k.n WHEN 2 THEN now() END
    FROM revisions r JOIN accounts a ON a.workspace_id = NEW.workspace_id AND a.id = NEW.account_id,
        LATERAL part_kinds(a.platform, r.text, r.settings) k
    WHERE r.workspace_id = NEW.workspace_id AND r.post_id = NEW.id AND r.n = NEW.revision_n;
    RETURN NULL;
END $$;

CREATE FUNCTION part_wants_redrawing() RETURNS trigger LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
BEGIN
    UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp()
    WHERE c.workspace_id = NEW.workspace_id AND c.post_id = NEW.post_id;
    RETURN NULL;
END $$;

CREATE TRIGGER posts_1_born BEFORE INSERT ON posts FOR EACH ROW EXECUTE FUNCTION post_is_born();
CREATE TRIGGER posts_1_refuse BEFORE UPDATE ON posts FOR EACH ROW
    WHEN (NEW.state IS DISTINCT FROM OLD.state OR NEW.step IS DISTINCT FROM OLD.step) EXECUTE FUNCTION post_refuses_assignment();
CREATE TRIGGER posts_2_advance BEFORE UPDATE OF event ON posts FOR EACH ROW EXECUTE FUNCTION post_advances();
CREATE TRIGGER posts_3_redraw AFTER UPDATE ON posts REFERENCING OLD TABLE AS was_rows NEW TABLE AS now_rows
    FOR EACH STATEMENT EXECUTE FUNCTION posts_want_redrawing();

CREATE TRIGGER posts_5_parts AFTER UPDATE ON posts FOR EACH ROW
    WHEN (NEW.state = 'published' AND OLD.state <> 'published') EXECUTE FUNCTION post_brings_parts();
CREATE TRIGGER parts_redraw AFTER UPDATE ON parts FOR EACH ROW
    WHEN ((NEW.state, NEW.trouble) IS DISTINCT FROM (OLD.state, OLD.trouble)) EXECUTE FUNCTION part_wants_redrawing();

CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only', TG_TABLE_NAME USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER revisions_immutable BEFORE UPDATE ON revisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER transitions_immutable BEFORE UPDATE ON transitions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER decisions_immutable BEFORE UPDATE ON decisions FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER charges_immutable BEFORE UPDATE ON charges FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER measures_immutable BEFORE UPDATE ON measures FOR EACH ROW EXECUTE FUNCTION refuse_change();
