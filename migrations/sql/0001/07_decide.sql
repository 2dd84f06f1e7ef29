-- A reviewer answers a card: one round trip, one transaction. Every chat ends here, and only here.
-- The functions run with the rights of the login; row-level security holds inside them, because the tenant is set by a
-- statement of its own before the rows are read.

-- The newest answer that stands for the revision in hand, for telling the second person who was first.
CREATE FUNCTION first_answer(ws uuid, wanted_post uuid) RETURNS jsonb LANGUAGE sql STABLE
SET search_path = public, pg_temp AS $$
    SELECT jsonb_build_object('first_by', m.name, 'first_at', d.at, 'first_decision', d.decision, 'reason', d.reason)
    FROM decisions d JOIN members m ON m.workspace_id = d.workspace_id AND m.id = d.member_id
    WHERE d.workspace_id = ws AND d.post_id = wanted_post AND d.applied AND d.decision <> 'move'
    ORDER BY d.at DESC LIMIT 1
$$;

-- Approves if the policy is satisfied. Returns 'applied' or 'counted', with how many agreed.
CREATE FUNCTION count_approval(post posts, content bytea, approver uuid, app_quorum smallint) RETURNS jsonb LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    approval  uuid;
    agreed    integer;
    new_state text := post.state;
BEGIN
    INSERT INTO approvals (workspace_id, id, post_id, revision_n, sha256, member_id)
    VALUES (post.workspace_id, gen_random_uuid(), post.id, post.revision_n, content, approver)
    ON CONFLICT DO NOTHING RETURNING id INTO approval;
    IF approval IS NULL THEN                      -- the same person again
        SELECT a.id INTO approval FROM approvals a WHERE a.workspace_id = post.workspace_id AND a.post_id = post.id
            AND a.revision_n = post.revision_n AND a.member_id = approver AND a.revoked_at IS NULL;
    END IF;
    -- Only those who hold the right now are counted: a right may have been taken while an approval waited for this lock.
    SELECT count(*) INTO agreed FROM approvals a
    JOIN role_periods o ON o.workspace_id = a.workspace_id AND o.member_id = a.member_id AND o.revoked_at IS NULL
    WHERE a.workspace_id = post.workspace_id AND a.post_id = post.id AND a.revision_n = post.revision_n AND a.revoked_at IS NULL
      AND o.role IN ('owner', 'reviewer');
    IF agreed >= app_quorum THEN
        UPDATE posts p SET event = 'approve', actor = approver, next_at = p.slot, tries = 0, trouble = NULL, approval_id = approval
        WHERE p.workspace_id = post.workspace_id AND p.id = post.id RETURNING p.state INTO new_state;
    ELSE
        UPDATE cards c SET wanted = c.wanted + 1, wanted_at = clock_timestamp()
        WHERE c.workspace_id = post.workspace_id AND c.post_id = post.id;
    END IF;
    RETURN jsonb_build_object('outcome', CASE WHEN agreed >= app_quorum THEN 'applied' ELSE 'counted' END, 'state', new_state,
                              'approvals', agreed, 'quorum', app_quorum);
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

-- Decides about a post whose tenant is already set and whose member is known. Returns the verdict.
CREATE FUNCTION decide_post(ws uuid, wanted_post uuid, face_revision integer, shown_whole boolean, member uuid, given_role text,
                            given_decision text, why text, detail jsonb) RETURNS jsonb LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    subject record;
    post    posts%ROWTYPE;
    answer  answers%ROWTYPE;
    verdict jsonb;
BEGIN
    -- Who waits here for another's decision finds the other's post. A newer revision is not joined again; it makes the face stale.
    SELECT p AS post, r.sha256, r.objections <> '{}' AS refusable, w.quorum INTO subject
    FROM posts p JOIN web_apps w ON w.workspace_id = p.workspace_id AND w.id = p.web_app_id
    LEFT JOIN revisions r ON r.workspace_id = p.workspace_id AND r.post_id = p.id AND r.n = p.revision_n
    WHERE p.workspace_id = ws AND p.id = wanted_post FOR UPDATE OF p;
    post := subject.post;
    verdict := jsonb_build_object('number', post.number, 'revision', post.revision_n, 'decision', given_decision, 'state', post.state);
    IF given_role IS NULL OR given_role NOT IN ('owner', 'reviewer') THEN
        RETURN verdict || jsonb_build_object('outcome', 'not_allowed');
    END IF;
    IF face_revision <> post.revision_n THEN
        RETURN verdict || jsonb_build_object('outcome', 'stale_revision') || coalesce(first_answer(ws, post.id), '{}');
    END IF;
    SELECT * INTO answer FROM answers a WHERE a.state = post.state AND a.decision = given_decision;
    -- A post that somebody asked to delete is asked once.
    IF NOT FOUND OR (given_decision = 'withdraw' AND post.withdraw_wanted IS NOT NULL) THEN
        RETURN verdict || CASE WHEN post.actor IS NULL THEN jsonb_build_object('outcome', 'not_possible')
                               ELSE jsonb_build_object('outcome', 'already_decided') || coalesce(first_answer(ws, post.id), '{}') END;
    END IF;
    IF given_decision = 'approve' THEN
        IF NOT shown_whole OR subject.refusable THEN
            RETURN verdict || jsonb_build_object('outcome', 'not_approvable');
        END IF;
        RETURN verdict || count_approval(post, subject.sha256, member, subject.quorum);
    END IF;
    PERFORM apply_answer(post, member, given_decision, answer.event, why, coalesce(detail, '{}'));
    RETURN verdict || (SELECT jsonb_build_object('outcome', 'applied', 'state', p.state, 'revision', p.revision_n)
                       FROM posts p WHERE p.workspace_id = ws AND p.id = post.id);
END $$;

-- The click path. `chat` and `message` are null when the answer comes from a modal that a checked click opened.
CREATE FUNCTION decide(event_source text, event_key text, token text, surface text, team text, user_ref text, chat text, message text,
                       given_decision text, why text, detail jsonb) RETURNS jsonb LANGUAGE plpgsql
SET search_path = public, pg_temp AS $$
DECLARE
    face    record;
    spot    record;
    verdict jsonb;
BEGIN
    INSERT INTO inbox (source, event_key) VALUES (decide.event_source, decide.event_key) ON CONFLICT DO NOTHING;
    IF NOT FOUND THEN
        RETURN jsonb_build_object('outcome', 'replay');
    END IF;
    SELECT * INTO face FROM door_face(decide.token);
    IF face.post_id IS NULL THEN
        RETURN jsonb_build_object('outcome', 'unknown_card');
    END IF;
    PERFORM set_config('app.workspace', face.workspace_id::text, true);
    -- Where the card hangs, and who pressed.
    SELECT c.message_ref, h.surface, h.team_ref, h.chat_ref, i.member_id, r.role INTO STRICT spot
    FROM cards c JOIN chats h ON h.workspace_id = c.workspace_id AND h.id = c.chat_id
    LEFT JOIN chat_identities i ON i.workspace_id = c.workspace_id
        AND i.surface = decide.surface AND i.team_ref = decide.team AND i.user_ref = decide.user_ref
    LEFT JOIN role_periods r ON r.workspace_id = i.workspace_id AND r.member_id = i.member_id AND r.revoked_at IS NULL
    WHERE c.workspace_id = face.workspace_id AND c.id = face.card_id;
    IF spot.surface IS DISTINCT FROM decide.surface OR spot.team_ref IS DISTINCT FROM decide.team
       OR (decide.chat IS NOT NULL
           AND (spot.chat_ref <> decide.chat OR coalesce(spot.message_ref, decide.message) IS DISTINCT FROM decide.message)) THEN
        RETURN jsonb_build_object('outcome', 'wrong_place');
    END IF;
    IF spot.member_id IS NULL THEN
        RETURN jsonb_build_object('outcome', 'stranger');
    END IF;
    verdict := decide_post(face.workspace_id, face.post_id, face.revision_n, face.shown_whole, spot.member_id, spot.role,
                           given_decision, why, decide.detail);
    INSERT INTO decisions (workspace_id, id, post_id, revision_n, member_id, surface, card_id, decision, outcome, applied, reason, event_key)
    VALUES (face.workspace_id, gen_random_uuid(), face.post_id, face.revision_n, spot.member_id, decide.surface, face.card_id, given_decision,
            verdict ->> 'outcome', verdict ->> 'outcome' IN ('applied', 'counted'), why, decide.event_key);
    RETURN verdict || jsonb_build_object('workspace_id', face.workspace_id, 'post_id', face.post_id);
END $$;

GRANT EXECUTE ON FUNCTION first_answer, count_approval, add_revision, want_files, apply_answer, decide_post, decide TO amarktai_web, amarktai_worker;

INSERT INTO installation (min_code) VALUES (1);
GRANT SELECT ON alembic_version TO amarktai_web, amarktai_worker;
